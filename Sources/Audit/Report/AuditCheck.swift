/// What an audit proves, one claim a case. The raw value is what the report says.
public enum AuditCheck: String, CaseIterable, Codable, Sendable {
    /// Each record of our own topics can be read.
    case readable
    /// Event ids are unique within their topic.
    case eventIDs = "event-ids"
    /// Ticks have no gap, and take effect in each partition once, in order.
    case ticks
    /// Each raw record before the position of normalize has each of its fates once. What a move brings is none: its first holder had it before.
    case rawFates = "raw-fates"
    /// What names a raw record was made of the very bytes that stand there.
    case rawContent = "raw-content"
    /// What recycles, in usage.raw or usage.moves, names a suspended usage, and none is recycled twice.
    case recycling
    /// Each normalized usage before the position of rate is rated, duplicate or unrated, once.
    case ratedFates = "rated-fates"
    /// A rated usage is the normalized one, field by field.
    case ratedContent = "rated-content"
    /// Under rules version 2, the price, the allowances and the discounts of a rated usage are for the zone that it names, and what is free drew on none.
    case zones
    /// No usage is rated twice, to one account or to two, but where it was taken back from the one; a duplicate names the rated original, and a conflict one
    /// of the same name and other content.
    case duplicates
    /// Each usage that rate found to be another's, before it was charged or after, went to usage.moves once, as it stood; what stands there is of one such
    /// usage, or of one that was suspended on its way; and each that the move stage has read came once to a holder or was suspended. Usage is charged and moved
    /// as the changes of holders before it say, and what comes back is no duplicate. Who it came to had been assigned its identifier, and what holders were
    /// told last is what customers.events say.
    case moves
    /// A correction takes back exactly what stood, and puts the same usage in its place, or sends it on to another holder.
    case corrections
    /// What prepaid balances paid, got and lost adds up, after each event, to what is left of them.
    case prepaid
    /// What rating refused is what stands suspended.
    case unrated
    /// What was barred was so by a suspension of its time; only that and usage after an end was rejected, and each counts once.
    case barring
    /// What late suspensions, ends and changes of holders proposed and was answered left no usage charged that they refuse or that is another's, nor refused
    /// that they don't, but what is too old to go to another.
    case lateFacts = "late-facts"
    /// What an ended period lacked of its offering's minimum spend was charged, no more and no less. What was rated anew since is left out.
    case minimums
    /// What an allowance that rolls over paid in a period was no more than its amount and what the periods before left, up to the cap.
    case rollovers
    /// Each ended period before the position of aggregate is closed once, and its lines add up.
    case periods
    /// Σ rated + Σ recurring + Σ one-time = Σ closed + unbilled + prepaid, per account, to the last nano.
    case balance
    /// The quantities on the lines of each closed period are those of the usages in it, unit by unit, to the millionth.
    case quantities
    /// The seal of each closed period counts and digests the rated usage in it.
    case seals
    /// Each closed period before the position of invoice has one draft: its exact total is net and rounding, and its tax is right.
    case drafts
    /// Each draft before the position of number has one invoice, of the same content.
    case invoices
    /// The numbers of a series have neither gap nor double.
    case numbers
}

/// A record at which a claim fails.
public struct Offender: Codable, Hashable, Sendable {
    public var check: AuditCheck
    public var topic: String
    public var partition: Int32
    public var offset: Int64
    /// What is wrong, in a sentence without personal data.
    public var what: String

    public var place: String { "\(topic)/\(partition)/\(offset)" }
}
