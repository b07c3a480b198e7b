import Jobs

/// Writes and reads what was learnt of jobs.
final class LearningTable {
  private let insert: Statement

  init(_ database: borrowing Database) throws(StoreError) {
    insert = try Statement("INSERT OR IGNORE INTO lessons VALUES (?, ?, ?)", on: database)
  }

  func put(_ lesson: Learning.Lesson) throws(StoreError) {
    try insert.bind(1, lesson.group.text)
    try insert.bind(2, lesson.quantity.rawValue)
    try insert.bind(3, Int64(lesson.value))
    try insert.run()
  }

  static func all(_ database: borrowing Database) throws(StoreError) -> [Learning.Lesson] {
    let rows = try Statement(
      "SELECT req_group, quantity, value FROM lessons ORDER BY req_group, quantity, value",
      on: database)
    var lessons: [Learning.Lesson] = []
    while try rows.step() {
      guard let quantity = Learning.Quantity(rawValue: rows.text(1)) else {
        throw rows.damage("something was learnt of \"\(rows.text(1))\", which is no quantity")
      }
      lessons.append(
        Learning.Lesson(
          group: ReqGroup(rows.text(0)), quantity: quantity, value: Int(rows.integer(2))))
    }
    return lessons
  }
}
