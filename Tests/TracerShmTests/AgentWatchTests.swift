// Who lives, as the controller judges it: a number alone names nobody for good.

import Testing

@testable import TracerShm

@Suite struct AgentWatchTests {
  @Test func aReusedNumberIsNotTakenForTheOwner() {
    let mine = ProcessIdentity.current
    var watch = AgentWatch()
    // This process has the number now; the owner, which started at another time, is gone.
    #expect(watch.isDead(owner: mine.pid, start: mine.startTimeTicks + 1))
    #expect(!watch.isDead(owner: mine.pid, start: mine.startTimeTicks))
  }

  @Test func anOwnerWhoseStartIsNotKnownYetLives() {
    var watch = AgentWatch()
    #expect(!watch.isDead(owner: ProcessIdentity.current.pid, start: 0))
  }
}
