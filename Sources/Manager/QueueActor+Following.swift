import Jobs
import Platform

/// What a job has written, as it can be had.
public enum FollowedOutput: Sendable {
  /// All there will be.
  case kept(String)
  /// What a command that runs has written and, if that was asked for, will write: pieces of UTF-8
  /// text. Whoever is slow loses the oldest, with a note in its place.
  case live(AsyncStream<[UInt8]>)
}

/// Who wants to see what a job writes while it writes it.
struct Follower {
  var job: JobID
  var key: JobKey
  var stream: OutputStream
  /// Only what there is so far is wanted.
  var isOnce: Bool
  /// The attempt that is followed, once the job has one.
  var attempt: AttemptID?
  /// How often the job had been started before that one.
  var startsBefore = 0
  var passing = PassingOutput(limit: 256 << 10)
  /// It has been given something.
  var hasHeard = false
  /// There will be no more.
  var isOver = false
  /// Told of something to take.
  let news: AsyncStream<Void>.Continuation
}

extension QueueActor {
  /// What a job writes to a stream: what is kept if it has ended, else what it writes as long as it
  /// runs. A job that waits is waited for, if it is to be followed.
  ///
  /// - Parameter follows: whether what is written from now on is wanted too.
  /// - Returns: nil if there is no such job.
  /// - Throws: `QueueError.unavailable` if the job's runner host cannot tell.
  public func written(
    by key: JobKey, to stream: OutputStream, follows: Bool
  ) async throws(QueueError) -> FollowedOutput? {
    guard let id = queue.keys[key], let job = queue.committed(id), isFollowable(job, follows) else {
      return try await output(of: key).map { .kept($0[stream]) }
    }
    guard followers.count < Self.followerLimit else {
      throw .unavailable("\(Self.followerLimit) outputs are being followed already")
    }
    if let attempt = job.state.attempt { try refuseUnlessTold(attempt) }
    let (news, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    nextFollower += 1
    let number = nextFollower
    followers[number] = Follower(
      job: id, key: key, stream: stream, isOnce: !follows, news: continuation)
    settleFollowers()
    return .live(AsyncStream { await self.nextPiece(for: number, news) })
  }

  private static let followerLimit = 256

  private func isFollowable(_ job: Job, _ follows: Bool) -> Bool {
    switch job.state {
    case .reserved, .running: true
    case .dependent, .ready, .delayed, .suspended, .lost: follows
    case .buried, .complete, .deleted: false
    }
  }

  /// The host of an attempt may be out of touch, or of a version that knows no following.
  private func refuseUnlessTold(_ attempt: Attempt) throws(QueueError) {
    guard let link = links[attempt.incarnation] else {
      throw .unavailable("the runner host that runs the job is out of touch")
    }
    guard link.version >= Self.followingVersion else {
      throw .unavailable(
        "the runner host that runs the job is of an older wr: what it writes is known once it has"
          + " ended")
    }
  }

  /// The first version of the link whose hosts can tell what commands write.
  private static let followingVersion = 2

  /// The next piece for a follower; nil if there are no more, or it has gone.
  private func nextPiece(for number: UInt64, _ news: AsyncStream<Void>) async -> [UInt8]? {
    while let follower = followers[number] {
      let piece = followers[number]?.passing.take() ?? []
      if !piece.isEmpty {
        followers[number]?.hasHeard = true
        return piece
      }
      if follower.isOver {
        followers[number] = nil
        return follower.hasHeard ? nil : await kept(for: follower)
      }
      var iterator = news.makeAsyncIterator()
      guard await iterator.next() != nil else { break }
    }
    forget(follower: number)
    return nil
  }

  /// What is kept, for one who came too late to see anything else.
  private func kept(for follower: Follower) async -> [UInt8]? {
    do throws(QueueError) {
      let text = try await output(of: follower.key)?[follower.stream] ?? ""
      return text.isEmpty ? nil : Array(text.utf8)
    } catch {
      return Array("[wr: what the job wrote cannot be read]\n".utf8)
    }
  }

  // MARK: From hosts

  /// Hands on what a host tells.
  func deliver(_ outputs: [RunOutput]) {
    for output in outputs {
      guard followers[output.follower] != nil else { continue }
      followers[output.follower]?.passing.append(output.text.utf8)
      if output.isLast, followers[output.follower]?.isOnce == true {
        followers[output.follower]?.isOver = true
      }
      tell(output.follower)
    }
  }

  /// Ties those who wait to the attempts that have begun, and ends the following of what is over;
  /// called whenever jobs may have changed.
  func settleFollowers() {
    for (number, var follower) in followers where !follower.isOver {
      let job = queue.committed(follower.job)
      let attempt = job?.state.attempt
      if let tied = follower.attempt, tied != attempt?.id, job?.attempts == follower.startsBefore {
        // It never began: the job waits again, and is waited for.
        follower.attempt = nil
        followers[number] = follower
      }
      if let job, let attempt, follower.attempt == nil {
        guard let link = links[attempt.incarnation], link.version >= Self.followingVersion else {
          end(number, because: "the runner host that runs the job cannot tell what it writes")
          continue
        }
        followers[number]?.attempt = attempt.id
        followers[number]?.startsBefore = job.attempts - (job.run.startedAt == nil ? 0 : 1)
        link.send(
          .follow(
            OutputWish(
              follower: number, attempt: attempt.id, stream: follower.stream,
              isOnce: follower.isOnce)))
      } else if attempt?.id != follower.attempt || !isWaitedFor(follower.job) {
        followers[number]?.isOver = true
        tell(number)
      }
    }
  }

  /// Whether the job runs, or may yet run.
  private func isWaitedFor(_ id: JobID) -> Bool {
    guard let job = queue.committed(id) else { return false }
    return isFollowable(job, true)
  }

  /// The host of those who have one is not to be heard any more.
  func endFollowing(because words: String, withHost: Bool) {
    for (number, follower) in followers where !withHost || follower.attempt != nil {
      end(number, because: words)
    }
  }

  private func end(_ number: UInt64, because words: String) {
    guard followers[number]?.isOver == false else { return }
    followers[number]?.passing.append("\n[wr: \(words)]\n".utf8)
    followers[number]?.isOver = true
    tell(number)
  }

  /// Followers that have gone without a word are found out, so that hosts stop telling them.
  func tell(_ number: UInt64) {
    if case .terminated? = followers[number]?.news.yield() { forget(follower: number) }
  }

  private func forget(follower number: UInt64) {
    guard let follower = followers.removeValue(forKey: number), follower.attempt != nil else {
      return
    }
    for link in links.values where link.version >= Self.followingVersion {
      link.send(.unfollow(number))
    }
  }
}
