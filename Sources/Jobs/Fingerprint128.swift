/// The 128-bit hash behind job keys (behaviour.md §3.2): Google's Fingerprint128, as published in
/// CityHash 1.1 and FarmHash. Stable for ever, not for use against adversaries.
public enum Fingerprint128 {
  /// Hashes the UTF-8 of `text`.
  public static func hash(_ text: String) -> (low: UInt64, high: UInt64) {
    var text = text
    return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
  }

  /// Hashes `bytes`.
  public static func hash(_ bytes: [UInt8]) -> (low: UInt64, high: UInt64) {
    bytes.withUnsafeBytes { hash($0) }
  }

  /// Hashes `bytes`; all arithmetic is modulo 2^64, all loads are little-endian.
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> (low: UInt64, high: UInt64) {
    guard bytes.count >= 16 else { return short(bytes, seed: (k0, k1)) }
    let seed = (load64(bytes, 0), load64(bytes, 8) &+ k0)
    let rest = UnsafeRawBufferPointer(rebasing: bytes[16...])
    if rest.count <= 16 { return short(rest, seed: seed) }
    if rest.count < 128 { return medium(rest, seed: seed) }
    return long(rest, seed: seed)
  }

  private static let k0: UInt64 = 0xc3a5_c85c_97cb_3127
  private static let k1: UInt64 = 0xb492_b66f_be98_f273
  private static let k2: UInt64 = 0x9ae1_6a3b_2f90_404f
  private static let kMul: UInt64 = 0x9ddf_ea08_eb38_2d69

  private typealias Pair = (UInt64, UInt64)

  private static func load64(_ d: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: d.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static func load32(_ d: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(UInt32(littleEndian: d.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }

  private static func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x &>> n | x &<< (64 &- n) }

  private static func shiftMix(_ x: UInt64) -> UInt64 { x ^ (x &>> 47) }

  private static func mix(_ u: UInt64, _ v: UInt64, _ m: UInt64 = kMul) -> UInt64 {
    let a = shiftMix((u ^ v) &* m)
    let b = shiftMix((v ^ a) &* m)
    return b &* m
  }

  private static func finish(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> Pair {
    let a = mix(a, c)
    let b = mix(d, b)
    return (a ^ b, mix(b, a))
  }

  /// The 64-bit hash of at most 16 bytes.
  private static func small(_ d: UnsafeRawBufferPointer) -> UInt64 {
    let n = UInt64(d.count)
    switch d.count {
    case 0:
      return k2
    case 1...3:
      let y = UInt64(d[0]) &+ 256 &* UInt64(d[d.count / 2])
      let z = n &+ 4 &* UInt64(d[d.count - 1])
      return shiftMix(y &* k2 ^ z &* k0) &* k2
    case 4...7:
      return mix(n &+ 8 &* load32(d, 0), load32(d, d.count - 4), k2 &+ 2 &* n)
    default:
      let m = k2 &+ 2 &* n
      let a = load64(d, 0) &+ k2
      let b = load64(d, d.count - 8)
      let c = rotate(b, 37) &* m &+ a
      let e = (rotate(a, 25) &+ b) &* m
      return mix(c, e, m)
    }
  }

  /// What is left after the seed has at most 16 bytes.
  private static func short(_ d: UnsafeRawBufferPointer, seed: Pair) -> Pair {
    let a = shiftMix(seed.0 &* k1) &* k1
    let b = seed.1
    let c = b &* k1 &+ small(d)
    return finish(a, b, c, shiftMix(a &+ (d.count >= 8 ? load64(d, 0) : c)))
  }

  /// What is left after the seed has 17 to 127 bytes.
  private static func medium(_ bytes: UnsafeRawBufferPointer, seed: Pair) -> Pair {
    let n = bytes.count
    var a = seed.0
    var b = seed.1
    var c = mix(load64(bytes, n - 8) &+ k1, a)
    var d = mix(b &+ UInt64(n), c &+ load64(bytes, n - 16))
    a &+= d
    for p in stride(from: 0, to: n - 16, by: 16) {
      a = (a ^ shiftMix(load64(bytes, p) &* k1) &* k1) &* k1
      b ^= a
      c = (c ^ shiftMix(load64(bytes, p + 8) &* k1) &* k1) &* k1
      d ^= c
    }
    return finish(a, b, c, d)
  }

  /// Folds the 32 bytes at `offset` into the pair (a, b).
  private static func fold32(
    _ d: UnsafeRawBufferPointer, _ offset: Int, _ a: UInt64, _ b: UInt64
  ) -> Pair {
    let z = load64(d, offset + 24)
    let start = a &+ load64(d, offset)
    let turned = rotate(b &+ start &+ z, 21)
    let sum = start &+ load64(d, offset + 8) &+ load64(d, offset + 16)
    return (sum &+ z, turned &+ rotate(sum, 44) &+ start)
  }

  /// What is left after the seed has at least 128 bytes.
  private static func long(_ d: UnsafeRawBufferPointer, seed: Pair) -> Pair {
    let n = d.count
    var x = seed.0
    var y = seed.1
    var z = UInt64(n) &* k1
    var v: Pair = (rotate(y ^ k1, 49) &* k1 &+ load64(d, 0), 0)
    v.1 = rotate(v.0, 42) &* k1 &+ load64(d, 8)
    var w: Pair = (rotate(y &+ z, 35) &* k1 &+ x, rotate(x &+ load64(d, 88), 53) &* k1)

    for p in stride(from: 0, to: n & ~127, by: 64) {
      x = rotate(x &+ y &+ v.0 &+ load64(d, p + 8), 37) &* k1
      y = rotate(y &+ v.1 &+ load64(d, p + 48), 42) &* k1
      x ^= w.1
      y &+= v.0 &+ load64(d, p + 40)
      z = rotate(z &+ w.0, 33) &* k1
      v = fold32(d, p, v.1 &* k1, x &+ w.0)
      w = fold32(d, p + 32, z &+ w.1, y &+ load64(d, p + 16))
      swap(&x, &z)
    }

    x &+= rotate(v.0 &+ z, 49) &* k0
    y = y &* k0 &+ rotate(w.1, 37)
    z = z &* k0 &+ rotate(w.0, 27)
    w.0 &*= 9
    v.0 &*= k0

    // The tail is taken in pieces of 32 counted from the very end, so the last may overlap bytes
    // that the rounds have already taken.
    for done in stride(from: 32, to: (n & 127) + 32, by: 32) {
      let q = n - done
      y = rotate(x &+ y, 42) &* k0 &+ v.1
      w.0 &+= load64(d, q + 16)
      x = x &* k0 &+ w.0
      z &+= w.1 &+ load64(d, q)
      w.1 &+= v.0
      v = fold32(d, q, v.0 &+ z, v.1)
      v.0 &*= k0
    }

    x = mix(x, v.0)
    y = mix(y &+ z, w.0)
    return (mix(x &+ v.1, w.1) &+ y, mix(x &+ w.1, y &+ v.1))
  }
}
