import NIOCore
import NIOPosix
import TLS
import Testing

@testable import Transport

@Suite("Errors as operators read them")
struct ErrorWordsTests {
    @Test(
        "the system's words, and what was being done, without the names of functions",
        arguments: [
            (EPIPE, "write(descriptor:pointer:size:)", "writing: Broken pipe"),
            (ECONNRESET, "read(descriptor:pointer:size:)", "reading: Connection reset by peer"),
            (ECONNREFUSED, "connect(descriptor:addr:size:)", "Connection refused"),
            (EMFILE, "socket(domain:type:protocolSubtype:)", "opening a socket: Too many open files"),
            (EINVAL, "somethingElse(of:ours:)", "Invalid argument"),
        ] as [(Int32, String, String)])
    func systemErrors(number: Int32, function: String, words: String) {
        #expect(ErrorWords.of(IOError(errnoCode: number, reason: function)) == words)
    }

    @Test("an address is a host and a port, and no more")
    func addresses() throws {
        #expect(PeerAddress.text(try SocketAddress(ipAddress: "10.0.0.7", port: 40_112)) == "10.0.0.7:40112")
        #expect(PeerAddress.text(try SocketAddress(ipAddress: "fe80::1", port: 1)) == "[fe80::1]:1")
        #expect(PeerAddress.text(nil) == "unknown")
    }

    @Test("what SwiftNIO says of a channel is said in words, and our own errors as they are")
    func others() {
        #expect(ErrorWords.of(ChannelError.connectTimeout(.seconds(5))) == "no answer in time")
        #expect(ErrorWords.of(ChannelError.eof) == "the peer closed the connection")
        #expect(ErrorWords.of(ChannelError.ioOnClosedChannel) == "the connection is closed")
        let error = TLSError(.truncated, "the end came early")
        #expect(ErrorWords.of(error) == "\(error)")
        #expect(
            ConnectionEnd.failed(IOError(errnoCode: EPIPE, reason: "writev(descriptor:iovecs:)")).reason
                == "writing: Broken pipe")
    }
}
