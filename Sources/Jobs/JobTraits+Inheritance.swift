extension JobTraits {
  /// What jobs that a job in bsub mode adds have from it unless they say otherwise: an object of
  /// properties, as those of a POST.
  public var inheritance: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("bsub_mode", bsubMode)
    json.member("rep_grp", repGroup.text)
    json.member("priority", priority, unless: 0)
    json.member("limit_grps", ifAny: limitGroups.map(\.text))
    json.member("modules", ifAny: modules)
    json.member("mounts", ifAny: mounts)
    json.member("with_docker", withDocker, unless: "")
    json.member("with_singularity", withSingularity, unless: "")
    json.member("container_mounts", containerMounts, unless: "")
    json.endObject()
    return json.takeBytes()
  }
}
