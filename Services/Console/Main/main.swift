import Console
import Foundation

exit(await Console.run(Array(CommandLine.arguments.dropFirst())))
