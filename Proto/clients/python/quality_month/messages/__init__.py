"""The messages of Proto/quality/*/v1/*.proto, as protoc writes them (../../generate)."""
