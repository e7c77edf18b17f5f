import ArgumentParser
@main struct Tollstream: ParsableCommand {}
