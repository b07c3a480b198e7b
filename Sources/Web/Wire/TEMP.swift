import HTTP
import Jobs
struct JobDocument: Sendable { var specs: [JobSpec] = []; var rerun: [Bool] = []; var limits: [(group: LimitGroup, limit: Int)] = [] }
enum StatusDocument { static func write(_ s: JobStatus, to json: inout JSONWriter) { json.string(s.job.spec.cmd) } }
extension DocumentParser { static func read(_ b: [UInt8], _ t: Target) throws(ErrorResponse) -> JobDocument { JobDocument() } }
