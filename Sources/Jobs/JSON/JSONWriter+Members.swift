extension JSONWriter {
  public mutating func member(_ name: StaticString, _ value: String) {
    self.name(name)
    string(value)
  }

  @inlinable
  public mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
    self.name(name)
    int(value)
  }

  public mutating func member(_ name: StaticString, _ value: JobKey) {
    self.name(name)
    key(value)
  }

  public mutating func member(_ name: StaticString, _ value: Bool) {
    self.name(name)
    bool(value)
  }

  public mutating func member(_ name: StaticString, _ value: Double) {
    self.name(name)
    double(value)
  }

  /// Writes an array of strings, which may be empty.
  public mutating func member(_ name: StaticString, _ values: [String]) {
    self.name(name)
    beginArray()
    for value in values { string(value) }
    endArray()
  }

  /// Writes a member unless its value is the default, which the reader takes if it is not there.
  mutating func member(_ name: StaticString, _ value: String, unless usual: String) {
    if value != usual { member(name, value) }
  }

  mutating func member<Value: FixedWidthInteger>(
    _ name: StaticString, _ value: Value, unless usual: Value
  ) {
    if value != usual { member(name, value) }
  }

  /// Writes a member that is only there if it is true.
  mutating func member(_ name: StaticString, ifTrue value: Bool) {
    if value { member(name, true) }
  }

  /// Writes a member that is only there if it is not empty.
  mutating func member(_ name: StaticString, ifAny values: [String]) {
    if !values.isEmpty { member(name, values) }
  }

  /// Writes an array of objects, unless it is empty.
  mutating func member<Value: JSONCoded>(_ name: StaticString, ifAny values: [Value]) {
    guard !values.isEmpty else { return }
    self.name(name)
    beginArray()
    for value in values { value.encode(into: &self) }
    endArray()
  }
}
