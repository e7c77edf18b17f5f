import Pipeline

extension NormalizeStage {
    /// Takes the lines of a text block, a bounded number a step; the state remembers where the next step goes on.
    func takeLines(
        _ value: UnsafeRawBufferPointer, _ mapping: SourceMapping, _ normalizer: UsageNormalizer, _ state: inout NormalizeState,
        _ outbox: inout Outbox
    ) -> StepResult {
        let offset = normalizer.origin.offset
        let progress = state.block.flatMap { $0.offset == offset ? $0 : nil }
        let room = (value.contains(UInt8(ascii: "\"")) ? value.count : 0) + mapping.constants.count
        return withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) { buffer in
            var scratch = Scratch(buffer)
            let constants = scratch.append(mapping.constants)
            let mark = scratch.mark
            var reader = CSVReader(value, separator: mapping.separator, from: progress?.byte ?? 0)
            var index = progress?.index ?? 0
            var taken = 0
            while let line = reader.next(&scratch) {
                if !mapping.isHeader(reader.fields) || line.fault != nil {
                    let original = value.slice(line.range)
                    do throws(Suspense) {
                        if let fault = line.fault { throw fault }
                        if index >= MediationLimits.linesPerRecord {
                            throw Suspense(.tooLarge, "a record holds more than 65,536 lines: publish it in smaller blocks")
                        }
                        normalizer.take(
                            try mapping.fields(ofColumns: reader.fields, constants), mapping, index: index, original: original,
                            into: &outbox)
                    } catch {
                        outbox.suspend(error, normalizer.origin, index: index, original: original)
                    }
                    index += 1
                }
                scratch.reset(to: mark)
                taken += 1
                if taken == MediationLimits.linesPerStep, reader.at < value.count {
                    state.set(block: NormalizeState.BlockProgress(offset: offset, byte: reader.at, index: index))
                    return .again
                }
            }
            if index == 0 { outbox.suspend(Suspense(.noUsage, "the record holds no line of usage"), normalizer.origin, original: value) }
            state.set(block: nil)
            return .done
        }
    }
}

extension SourceMapping {
    /// A line that only names the columns.
    func isHeader(_ fields: ContiguousArray<UnsafeRawBufferPointer>) -> Bool {
        guard fields.count == columns.count else { return false }
        for at in fields.indices where !fields[at].equals(columns[at]) { return false }
        return true
    }

    func fields(ofColumns columns: ContiguousArray<UnsafeRawBufferPointer>, _ constants: UnsafeRawBufferPointer) throws(Suspense)
        -> RawFields
    {
        guard columns.count == self.columns.count else {
            throw Suspense(.malformed, "the line has another number of columns than its source definition")
        }
        return try fields { (place) throws(Suspense) in
            switch place {
            case .constant(let range): constants.slice(range)
            case .column(let column): columns[column]
            case .nowhere, .path: UnsafeRawBufferPointer(start: nil, count: 0)
            }
        }
    }
}
