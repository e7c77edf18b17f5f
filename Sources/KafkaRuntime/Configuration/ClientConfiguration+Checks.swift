import CRdkafka
import Glibc

/// What is wrong with a configuration is said before a client is made: librdkafka finds some of it only then, in its own words, and
/// some of it (an empty password) only when the broker answers.
extension ClientConfiguration {
    static func checkServers(_ servers: String) throws(ConfigurationError) {
        for server in servers.split(separator: ",", omittingEmptySubsequences: false) {
            let address = server.drop { $0 == " " }
            let port = address.lastIndex(of: ":").map { address[address.index(after: $0)...] }
            guard let port, address.count > port.count + 1, let number = Int(port), (1...65_535).contains(number) else {
                throw ConfigurationError(
                    property: "bootstrap.servers", reason: "holds \"\(address)\"; expected host:port, several with commas between, such as kafka-1:9092")
            }
        }
    }

    static func checkKnown(_ properties: [String: String]) throws(ConfigurationError) {
        let conf = rd_kafka_conf_new()!
        defer { rd_kafka_conf_destroy(conf) }
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) { try set(conf, name, value) }
    }

    /// - Note: GSSAPI and OAUTHBEARER have settings of their own, which librdkafka checks.
    static func checkLogin(_ properties: [String: String]) throws(ConfigurationError) {
        guard properties["security.protocol"]?.lowercased().hasPrefix("sasl") == true else { return }
        let known = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"]
        let list = known.joined(separator: ", ")
        guard let mechanism = properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] else {
            // The default is GSSAPI, which nobody means who says nothing of Kerberos.
            if properties.keys.contains(where: { $0.hasPrefix("sasl.kerberos.") }) { return }
            throw ConfigurationError(property: "sasl.mechanism", reason: "is missing, though security.protocol asks for a login; one of \(list)")
        }
        guard known.contains(mechanism) else {
            throw ConfigurationError(property: "sasl.mechanism", reason: "is none of \(list)")
        }
        guard mechanism == "PLAIN" || mechanism.hasPrefix("SCRAM") else { return }
        for name in ["sasl.username", "sasl.password"] where properties[name] ?? "" == "" {
            let variable = "TOLLSTREAM_KAFKA_" + name.uppercased().split(separator: ".").joined(separator: "_")
            throw ConfigurationError(property: name, reason: "is missing, and \(mechanism) needs it; set it or the variable \(variable)")
        }
    }

    static func checkFiles(_ properties: [String: String]) throws(ConfigurationError) {
        let names = ["ssl.ca.location", "ssl.certificate.location", "ssl.crl.location", "ssl.key.location", "ssl.keystore.location"]
        for name in names {
            // "probe" has librdkafka look for the system's own certificates.
            guard let path = properties[name], !path.isEmpty, path != "probe", access(path, R_OK) != 0 else { continue }
            throw ConfigurationError(property: name, reason: "names \(path), which can't be read: \(String(cString: strerror(errno)))")
        }
    }
}
