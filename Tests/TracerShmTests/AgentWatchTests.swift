// Who lives, as the controller judges it: a number alone names nobody for good.

import Glibc
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

  @Test func aDeathIsProvedAndADoubtIsLife() throws {
    var child = pid_t()
    var words: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
    defer { for word in words { free(word) } }
    try #require(posix_spawnp(&child, "sleep", nil, nil, &words, environ) == 0)
    let identity = try #require(ProcessIdentity(pid: UInt32(child)))
    #expect(!identity.isProvedDead)
    kill(child, SIGSTOP)
    // Until it has stopped.
    try #require(waitpid(child, nil, WUNTRACED) == child)
    #expect(!identity.isProvedDead, "paused is not dead")
    let unknownStart = ProcessIdentity(pid: UInt32(child), startTimeTicks: 0)
    #expect(!unknownStart.isProvedDead)
    kill(child, SIGKILL)
    var watch = AgentWatch()
    _ = watch.isDead(owner: identity.pid, start: identity.startTimeTicks)
    waitpid(child, nil, 0)
    watch.refresh()
    let isDead = watch.isDead(owner: identity.pid, start: identity.startTimeTicks)
    #expect(isDead)
    #expect(identity.isProvedDead && unknownStart.isProvedDead)
    // No process can have these numbers.
    for number in [UInt32.max, 0] {
      #expect(!ProcessIdentity(pid: number, startTimeTicks: 1).isProvedDead)
    }
  }
}
