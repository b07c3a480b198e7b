import Glibc
import Platform

/// A file that is removed unless it is given its final name.
final class TemporaryFile {
  private let path: String
  private let descriptor: Descriptor
  private var isRenamed = false

  /// Makes an empty file, readable for its owner only, and the directory it is in.
  init(in directory: String) throws(UploadError) {
    try Self.makeDirectories(directory)
    var template = Array("\(directory)/.wr-upload-XXXXXX".utf8CString)
    let number = mkostemp(&template, O_CLOEXEC)
    guard number >= 0 else { throw UploadError(errno, "create a file in \(directory)") }
    descriptor = Descriptor(owning: number)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { if !isRenamed { unlink(path) } }

  func write(_ bytes: [UInt8]) throws(UploadError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw UploadError(errno, "write \(path)")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Syncs the file, gives it its final name, and syncs the directory.
  func rename(to final: String) throws(UploadError) {
    guard fsync(descriptor.number) == 0 else { throw UploadError(errno, "sync \(path)") }
    guard Glibc.rename(path, final) == 0 else {
      throw UploadError(errno, "rename \(path) to \(final)")
    }
    isRenamed = true
    let number = open(UploadDestination.parent(of: final), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw UploadError(errno, "open the directory of \(final)") }
    let directory = Descriptor(owning: number)
    guard fsync(directory.number) == 0 else {
      throw UploadError(errno, "sync the directory of \(final)")
    }
  }

  /// Makes a directory and those above it, as the umask allows.
  static func makeDirectories(_ path: String) throws(UploadError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path != "/" else { throw UploadError(errno, "make directory \(path)") }
    try makeDirectories(UploadDestination.parent(of: path))
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw UploadError(errno, "make directory \(path)")
    }
  }
}

extension UploadError {
  /// - Parameter operation: what failed with error number `code`.
  fileprivate init(_ code: Int32, _ operation: String) {
    if code == ENOSPC || code == EDQUOT {
      self = .full
    } else {
      self = .failed(SystemError(code: code, operation: operation).description)
    }
  }
}
