import Foundation
import PostgreSQL
import TestPostgres
import Testing

@testable import PostgreSQL

@Suite("What store.url may say") struct AddressTests {
    @Test("an address with everything is read")
    func everything() throws {
        let address = try PostgresAddress(
            parsing: "postgresql://us%65r@db.example:6432/qm?sslmode=verify-full&sslrootcert=/a%20b/ca.pem"
                + "&sslcert=/c.pem&sslkey=/k.pem&passfile=/p")
        #expect(address.user == "user")
        #expect(address.host == "db.example")
        #expect(address.port == 6432)
        #expect(address.database == "qm")
        #expect(address.sslMode == .verifyFull)
        #expect(address.rootCertificatePath == "/a b/ca.pem")
        #expect(address.certificatePath == "/c.pem")
        #expect(address.keyPath == "/k.pem")
        #expect(address.passwordPath == "/p")
        #expect(address.description == "postgresql://user@db.example:6432/qm")
    }

    @Test("sockets are reached by their directory, with a port before it or without")
    func sockets() throws {
        let address = try PostgresAddress(parsing: "postgresql://u@:5433/d?host=/run/postgresql")
        #expect(address.isSocket && address.isLocal)
        #expect(address.host == "/run/postgresql")
        #expect(address.port == 5433)
        #expect(try PostgresAddress(parsing: "postgresql://u@/d?host=/run").port == 5432)
        #expect(try PostgresAddress(parsing: "postgres://u@%2Frun%2Fpg/d").host == "/run/pg")
    }

    @Test(
        "a password in the address is refused, and not repeated",
        arguments: [
            "postgresql://user:geheim@127.0.0.1/d", "postgresql://user@127.0.0.1/d?password=geheim",
            "postgresql://user:ge@geheim@127.0.0.1/d",
        ])
    func password(text: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresAddress(parsing: text) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("passfile=FILE") == true)
        #expect(error.map { "\($0)" }?.contains("geheim") == false)
    }

    @Test(
        "what is not understood is refused by its name, and no text is repeated that may hold a password",
        arguments: [
            ("mysql://u@h/d", "must begin with postgresql://"), ("postgresql://127.0.0.1/d", "names no user"),
            ("postgresql://@127.0.0.1/d", "names no user"), ("postgresql://u:geheim/x@h/d", "names no user"),
            ("postgresql://u@127.0.0.1", "names no database"), ("postgresql://u@127.0.0.1/", "names no database"),
            ("postgresql://u@/d", "names no host"), ("postgresql://u@127.0.0.1:geheim/d", "a port that is no number"),
            ("postgresql://u@127.0.0.1:0/d", "a port that is no number"),
            ("postgresql://u@a,b/d", "more than one host"),
            ("postgresql://u@::1/d", "[ ]"), ("postgresql://u@127.0.0.1/d?options=-c", "the parameter options"),
            ("postgresql://u@127.0.0.1/d?sslmode=disable&sslmode=disable", "sslmode twice"),
            ("postgresql://u@127.0.0.1/d?sslmode=", "gives sslmode no value"),
            ("postgresql://u@127.0.0.1/d?sslmode=on", "an sslmode that is none of"),
            ("postgresql://u@127.0.0.1/d%2", "a % in database"), ("postgresql://u@127.0.0.1/%FF", "no UTF-8"),
            ("postgresql://u@127.0.0.1/d?host=/run", "no host before it"),
            ("postgresql://u@127.0.0.1/d?sslcert=/c", "one of sslcert and sslkey"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresAddress(parsing: text) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.message.contains("geheim") == false)
    }

    @Test(
        "a server elsewhere has to prove who it is",
        arguments: [
            "disable", "allow", "prefer", "require", "verify-ca",
        ])
    func elsewhere(mode: String) throws {
        for host in ["db.example", "10.0.0.1", "128.0.0.1", "127.example", "127.0.0.1.example", "[::2]"] {
            let error = #expect(throws: PostgresError.self) {
                try PostgresAddress(parsing: "postgresql://u@\(host)/d?sslmode=\(mode)&sslrootcert=/ca.pem")
            }
            #expect(error?.message.contains("needs sslmode=verify-full") == true)
        }
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            let address = try PostgresAddress(parsing: "postgresql://u@\(host)/d?sslmode=\(mode)")
            #expect(address.sslMode.rawValue == mode)
        }
    }

    @Test("nothing said means verify-full elsewhere, which needs an authority, and no TLS on this machine")
    func unsaid() throws {
        #expect(try PostgresAddress(parsing: "postgresql://u@h/d?sslrootcert=/ca").sslMode == .verifyFull)
        #expect(try PostgresAddress(parsing: "postgresql://u@127.0.0.1/d").sslMode == .disable)
        let error = #expect(throws: PostgresError.self) { try PostgresAddress(parsing: "postgresql://u@h/d") }
        #expect(error?.message.contains("no sslrootcert=FILE") == true)
    }
}

@Suite("Password files") struct PasswordFileTests {
    // A constant that is right.
    private let address = try! PostgresAddress(parsing: "postgresql://us%3Aer@127.0.0.1:5000/d")

    @Test("the first line that fits counts, with stars, comments and escapes")
    func lines() {
        func password(_ text: String) -> String? { PasswordFile.password(for: address, in: text) }
        #expect(password(#"127.0.0.1:5000:d:us\:er:a:b\:c\\d"#) == #"a:b:c\d"#)
        #expect(password("# *:*:*:*:no\nother:*:*:*:no\n\n*:*:*:*:first\n*:*:*:*:second\n") == "first")
        #expect(password("*:5001:*:*:no") == nil)
        #expect(password("*:*:e:*:no") == nil)
        #expect(password("*:*:*:user:no") == nil)
        #expect(password("geheim") == nil)
    }

    @Test("a file that others may read or write is refused", arguments: [0o640, 0o604, 0o620, 0o610])
    func othersMayRead(mode: mode_t) throws {
        let directory = ScratchDirectory()
        try TextFile.write("*:*:*:*:geheim", to: directory.file("p"), mode: mode)
        let error = #expect(throws: PostgresError.self) {
            try PasswordFile.password(for: address, at: directory.file("p"))
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("chmod 0600") == true)
        try TextFile.write("*:*:*:*:geheim", to: directory.file("p"), mode: 0o400)
        #expect(try PasswordFile.password(for: address, at: directory.file("p")) == "geheim")
    }

    @Test("a file that is not there, is none, or has no line is refused, and its text is not repeated")
    func unusable() throws {
        let directory = ScratchDirectory()
        for (path, reason) in [(directory.file("none"), "cannot be read"), (directory.path, "no ordinary file")] {
            let error = #expect(throws: PostgresError.self) { try PasswordFile.password(for: address, at: path) }
            #expect(error?.message.contains(reason) == true)
        }
        try TextFile.write("other:*:*:*:geheim", to: directory.file("p"))
        let error = #expect(throws: PostgresError.self) {
            try PasswordFile.password(for: address, at: directory.file("p"))
        }
        #expect(error?.message.contains("no line for 127.0.0.1:5000:d:us:er") == true)
        #expect(error?.message.contains("geheim") == false)
    }
}

@Suite("What libpq is told") struct ConnectionParametersTests {
    // A constant that is right.
    private let address = try! PostgresAddress(parsing: "postgresql://u@127.0.0.1/d")
    private let all: Set<String> = [
        "host", "port", "dbname", "user", "sslmode", "client_encoding", "tcp_user_timeout", "gssencmode",
    ]

    @Test("a library that lacks what matters is refused, and goes without what does not")
    func keywords() throws {
        let parameters = try ConnectionParameters(
            address, PostgresOptions(), keywords: all.subtracting(["gssencmode"]), libraryName: "x"
        ) { _ in nil }
        #expect(parameters.pairs.contains { $0 == ("tcp_user_timeout", "30000") })
        #expect(!parameters.pairs.contains { $0.keyword == "gssencmode" })
        let error = #expect(throws: PostgresError.self) {
            try ConnectionParameters(
                address, PostgresOptions(), keywords: all.subtracting(["client_encoding"]), libraryName: "x"
            ) { _ in nil }
        }
        #expect(error?.kind == .library)
        #expect(error?.message == "x does not know the connection parameter client_encoding")
    }

    @Test(
        "variables that would lead elsewhere are refused",
        arguments: [
            "PGHOSTADDR", "PGSERVICE", "PGOPTIONS", "PGPASSWORD",
        ])
    func environment(name: String) throws {
        let error = #expect(throws: PostgresError.self) {
            try ConnectionParameters(address, PostgresOptions(), keywords: all, libraryName: "x") {
                $0 == name ? "geheim" : nil
            }
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(name) == true)
        #expect(error?.message.contains("geheim") == false)
    }
}
