import Events
import Quantities

/// A subscription's favourite numbers from a time on: hashes, for rating compares them and never says them.
struct FavouriteList: Equatable {
    var fromMs: Int64
    var hashes: [UInt64]

    /// The hash of a number, which has no plus sign.
    static func hash(_ number: UnsafeRawBufferPointer) -> UInt64 { Identifier.key(ofNormalized: number).high }
}

extension FavouriteList {
    init(_ event: FavouritesSet) {
        fromMs = event.fromMs
        hashes = event.favourites.numbers.map { number in
            var number = number
            return number.withUTF8 { Self.hash(UnsafeRawBufferPointer($0)) }
        }
    }
}

extension RateState {
    /// Whether the number is among the first `count` of those that are the subscription's favourites at `ms`.
    mutating func isFavourite(_ number: UnsafeRawBufferPointer, of subscription: UInt32, at ms: Int64, amongFirst count: Int) -> Bool {
        let place = Int(subscriptions[Int(subscription)].favourites)
        guard place >= 0, !number.isEmpty, let list = favourites[place].last(where: { $0.fromMs <= ms }) else { return false }
        let hash = FavouriteList.hash(number)
        return list.hashes.prefix(count).contains(hash)
    }

    /// Forgets the lists that another one took the place of before any usage that is still taken.
    mutating func dropFavourites(of subscription: UInt32, before keptStartMs: Int64) {
        let place = Int(subscriptions[Int(subscription)].favourites)
        guard place >= 0, let inForce = favourites[place].lastIndex(where: { $0.fromMs <= keptStartMs }), inForce > 0 else { return }
        favourites[place].removeFirst(inForce)
        markDirty(subscription: subscription)
    }

    /// How many lists the subscription has.
    func favouriteCount(_ subscription: UInt32) -> Int {
        let place = Int(subscriptions[Int(subscription)].favourites)
        return place < 0 ? 0 : favourites[place].count
    }

    /// A list from the same moment on replaces the one before.
    mutating func setFavourites(_ list: FavouriteList, of subscription: UInt32) {
        if subscriptions[Int(subscription)].favourites < 0 {
            subscriptions[Int(subscription)].favourites = Int32(favourites.count)
            favourites.append([])
        }
        let place = Int(subscriptions[Int(subscription)].favourites)
        favourites[place].removeAll { $0.fromMs == list.fromMs }
        favourites[place].insert(list, at: favourites[place].firstIndex { $0.fromMs > list.fromMs } ?? favourites[place].count)
        markDirty(subscription: subscription)
    }
}
