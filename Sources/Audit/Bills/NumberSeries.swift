import Events
import Pipeline

/// The numbers that were given in each series: 8 bytes an invoice, and its place.
struct NumberSeries {
    struct Fault {
        var partition: Int32
        var offset: Int64
        var what: String
    }

    private struct Given {
        var value: Int64
        var partition: Int32
        var offset: Int64
    }

    private var series: [(name: String, given: [Given])] = []
    private var places: [String: Int] = [:]

    /// Says what is wrong with the number itself.
    mutating func add(_ invoice: Invoice, _ record: InputRecord) -> String? {
        let prefix = invoice.terms.numberPrefix
        guard invoice.number.hasPrefix(prefix), let value = Int64(invoice.number.dropFirst(prefix.count)), value > 0 else {
            return "has the number \"\(invoice.number)\", which is none of its series"
        }
        let name = invoice.issuer + "|" + invoice.series
        let place = places[name] ?? series.count
        if place == series.count {
            places[name] = place
            series.append((name, []))
        }
        series[place].given.append(Given(value: value, partition: record.partition, offset: record.offset))
        return nil
    }

    /// Doubles, and gaps from 1 on.
    var faults: [Fault] {
        var faults: [Fault] = []
        for (name, given) in series {
            var last: Int64 = 0
            for number in given.sorted(by: { ($0.value, $0.partition, $0.offset) < ($1.value, $1.partition, $1.offset) }) {
                if number.value == last {
                    faults.append(Fault(partition: number.partition, offset: number.offset, what: "has number \(last) of series \(name) a second time"))
                } else if number.value != last + 1 {
                    faults.append(
                        Fault(
                            partition: number.partition, offset: number.offset,
                            what: "has number \(number.value) of series \(name), but \(last + 1) is missing"))
                }
                last = number.value
            }
        }
        return faults
    }
}
