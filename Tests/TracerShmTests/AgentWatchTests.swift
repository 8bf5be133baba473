// Who lives, as the controller judges it: a number alone names nobody for good.

import Testing

@testable import TracerShm

@Suite struct AgentWatchTests {
  @Test func aReusedNumberIsNotTakenForTheOwner() {
    let mine = ProcessIdentity.current
    var watch = AgentWatch()
    // This process has the number now; the owner, which started at another time, is gone.
    let isFormerDead = watch.isDead(owner: mine.pid, start: mine.startTimeTicks + 1)
    let isMineDead = watch.isDead(owner: mine.pid, start: mine.startTimeTicks)
    #expect(isFormerDead)
    #expect(!isMineDead)
  }

  @Test func anOwnerWhoseStartIsNotKnownYetLives() {
    var watch = AgentWatch()
    let isDead = watch.isDead(owner: ProcessIdentity.current.pid, start: 0)
    #expect(!isDead)
  }
}
