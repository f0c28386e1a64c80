import MessageJSON
import MessageRuntime
import Messages
import RPC
import Testing
import TestingMessages

@Suite("Messages are JSON as protobuf maps it")
struct MessageJSONTests {
    private let mapping: MessageJSON

    init() throws {
        mapping = try MessageJSON([.suite, .testing])
    }

    private func message<M: GeneratedMessage>(_ json: String, _ type: M.Type = EveryKind.self) throws -> M {
        try M.decode(try mapping.bytes(of: JSONValue(parsing: Array(json.utf8)), as: M.schema))
    }

    private func written(_ message: some GeneratedMessage, showsDefaults: Bool = false) throws -> String {
        try mapping.json(of: message.encodedBytes(), as: type(of: message).schema, showsDefaults: showsDefaults)
            .written()
    }

    @Test("a message with something in every field goes to JSON and back")
    func full() throws {
        let json = try written(EveryKind.full)
        #expect(try message(json) == EveryKind.full)
    }

    @Test("fields are written in lowerCamelCase, 64 bits as texts, bytes in base64, enums by name")
    func form() throws {
        let kind = EveryKind(
            oneInt32: -1, oneInt64: .min, oneUint64: .max, oneString: "质\0量", oneBytes: [0xFB, 0xFF, 0],
            oneColour: .infrared, oneInner: .init(number: 1), maybeUint32: 0, manyBool: [true, false],
            choice: .choiceString(""), in: [7])
        #expect(
            try written(kind) == """
                {
                  "oneInt32": -1,
                  "oneInt64": "-9223372036854775808",
                  "oneUint64": "18446744073709551615",
                  "oneString": "质\\u0000量",
                  "oneBytes": "+/8A",
                  "oneColour": "COLOUR_INFRARED",
                  "oneInner": {
                    "number": 1
                  },
                  "maybeUint32": 0,
                  "manyBool": [
                    true,
                    false
                  ],
                  "choiceString": "",
                  "in": [
                    7
                  ]
                }
                """)
    }

    @Test("defaults are left out, and shown when that is asked for; what has presence stays out")
    func defaults() throws {
        #expect(try written(TestingV1.SimpleRequest()) == "{}")
        #expect(
            try written(TestingV1.SimpleRequest(), showsDefaults: true) == """
                {
                  "responseBytes": 0,
                  "statusCode": 0,
                  "statusMessage": "",
                  "delayMs": 0
                }
                """)
        #expect(try written(TestingV1.EveryKind(), showsDefaults: true).contains("\"manyInner\": []"))
    }

    @Test("both names of a field are taken, and null is absent")
    func names() throws {
        #expect(try message("{\"one_int32\": 3}").oneInt32 == 3)
        #expect(try message("{\"oneInt32\": 3}").oneInt32 == 3)
        #expect(
            try message("{\"oneInt32\": null, \"manyBool\": null, \"oneInner\": null, \"choiceString\": null}")
                == EveryKind())
    }

    @Test("presence comes from being given")
    func presence() throws {
        #expect(
            try message("{\"maybeInt32\": 0, \"maybeString\": \"\", \"oneInner\": {}}")
                == EveryKind(oneInner: .init(), maybeInt32: 0, maybeString: ""))
        #expect(try message("{\"choiceInt64\": \"0\"}").choice == .choiceInt64(0))
    }

    @Test(
        "whole numbers may stand in quotes, and with a fraction or an exponent that leaves them whole",
        arguments: ["120", "\"120\"", "120.0", "1.2e2", "\"1.20E+2\"", "12000e-2", "1200000e-4"])
    func wholeNumbers(text: String) throws {
        let kind = try message("{\"oneInt32\": \(text), \"oneUint64\": \(text), \"oneSint64\": \(text)}")
        #expect(kind == EveryKind(oneInt32: 120, oneUint64: 120, oneSint64: 120))
    }

    @Test("numbers reach the ends of their types and no further")
    func ranges() throws {
        #expect(try message("{\"oneInt64\": -9223372036854775808}").oneInt64 == .min)
        #expect(try message("{\"oneUint64\": 18446744073709551615}").oneUint64 == .max)
        #expect(try message("{\"oneUint32\": 0e999999999999999999999}").oneUint32 == 0)
        #expect(
            try message("{\"oneDouble\": 1e308, \"oneFloat\": \"-2.5\"}") == EveryKind(oneDouble: 1e308, oneFloat: -2.5)
        )
        #expect(try message("{\"oneDouble\": \"-Infinity\"}").oneDouble == -.infinity)
        #expect(try message("{\"oneFloat\": \"NaN\"}").oneFloat.isNaN)
        for (field, value) in [
            ("oneInt32", "2147483648"), ("oneUint32", "-1"), ("oneUint64", "18446744073709551616"),
            ("oneInt64", "1e19"), ("oneInt64", "1e999999999999999999"), ("oneDouble", "1e309"), ("oneFloat", "1e39"),
        ] {
            let error = #expect(throws: JSONMappingError.self) { try message("{\"\(field)\": \(value)}") }
            #expect(error?.message.contains("out of range") == true, "\(field) \(value)")
        }
        for value in ["0.5", "1e-1", "\"1.5\"", "1e-99999999999999999999"] {
            #expect(throws: JSONMappingError.self) { try message("{\"oneInt32\": \(value)}") }
        }
    }

    @Test(
        "bytes are base64 of either alphabet, with padding or without",
        arguments: [
            ("+/8=", [0xFB, 0xFF]), ("-_8", [0xFB, 0xFF]), ("", []), ("AA==", [0]), ("AA", [0]), ("AAEC", [0, 1, 2]),
        ]
            as [(String, [UInt8])])
    func base64(text: String, bytes: [UInt8]) throws {
        #expect(try message("{\"oneBytes\": \"\(text)\"}").oneBytes == bytes)
    }

    @Test("enums are given by name or by number, also by one that is not known")
    func enums() throws {
        #expect(try message("{\"oneColour\": \"COLOUR_RED\"}").oneColour == .red)
        #expect(try message("{\"oneColour\": -1}").oneColour == .infrared)
        #expect(try message("{\"oneColour\": 77}").oneColour == .unrecognized(77))
        #expect(try written(EveryKind(oneColour: .unrecognized(77))).contains("\"oneColour\": 77"))
    }

    @Test("every message type: random JSON becomes what the generated code encodes, and the same JSON again")
    func roundTrips() throws {
        for catalog in [MessageCatalog.suite, .testing] {
            var random = try RandomJSON(catalog, seed: 20_190_901)
            for type in catalog.messages { try roundTrip(type, &random) }
        }
    }

    private func roundTrip<M: GeneratedMessage>(_ type: M.Type, _ random: inout RandomJSON) throws {
        for _ in 0..<40 {
            let json = random.message(M.messageName)
            let bytes = try mapping.bytes(of: json, as: M.schema)
            #expect(try M.decode(bytes).encodedBytes() == bytes, "\(M.messageName) \(json.written())")
            #expect(try mapping.json(of: bytes, as: M.schema).written() == json.written())
        }
    }
}
