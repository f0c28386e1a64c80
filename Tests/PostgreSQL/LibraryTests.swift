import PostgreSQL
import Testing

@Suite("The library at run time") struct LibraryTests {
    @Test("Debian's has pipelines")
    func found() throws {
        let library = try PostgresLibrary.load()
        #expect(library.name == "libpq.so.5")
        #expect(library.version >= 140_000)
        #expect(library.hasPipeline)
    }

    @Test("one that is not there is named, with what to do")
    func missing() {
        let error = #expect(throws: PostgresError.self) { try PostgresLibrary.load("libnobody-has-this.so.9") }
        #expect(error?.kind == .library)
        #expect(error?.message.contains("libnobody-has-this.so.9 cannot be loaded") == true)
        #expect(error?.message.contains("package libpq5") == true)
        #expect(error?.message.contains("store.library") == true)
    }

    @Test("another library is refused with some of the functions that it lacks")
    func another() {
        let error = #expect(throws: PostgresError.self) { try PostgresLibrary.load("libm.so.6") }
        #expect(error?.kind == .library)
        #expect(error?.message.contains("libm.so.6 is no client library") == true)
        #expect(error?.message.contains("PQlibVersion, PQisthreadsafe, PQconndefaults and ") == true)
        #expect(error?.message.contains("package libpq5") == true)
    }
}
