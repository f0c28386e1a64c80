package import NIOCore

/// Stands where the socket is, and counts what it is asked to read.
package final class ReadCounter: ChannelOutboundHandler {
    package typealias OutboundIn = ByteBuffer

    package var count = 0

    package init() {}

    package func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}
