/// The names of the settings in files; in the environment they are in capitals after `WR_`.
public enum ConfigurationKey: String, Sendable, Hashable, CaseIterable {
  case deployment
  case managerport, managerweb, managerhost, managerlisten, managerdir, managerpidfile
  case managerlogfile, managerdbfile, managerdbbkfile, managertokenfile, manageruploaddir
  case managerumask, managerscheduler, managermaxcores, managermaxram
  case managercafile, managercertfile, managerkeyfile, managercertdomain, managersetdomainip
  case runnerexecshell, runnermemoryfactor, privatekeypath
  case cloudflavor, cloudflavormanager, cloudflavorsets, cloudkeepalive, cloudservers, cloudcidr
  case cloudgateway, clouddns, cloudos, containerimage, clouduser, cloudram, clouddisk
  case cloudscript, clouddestroyscript, cloudconfigfiles, cloudspawns, cloudautoconfirmdead
  case deploysuccessscript

  /// The environment variable that sets it.
  public var variable: String { "WR_" + rawValue.uppercased() }

  /// What holds where nothing is set; empty if that is computed or nothing.
  public var standard: String {
    switch self {
    case .deployment: Deployment.production.rawValue
    case .managerport, .managerweb, .managermaxcores, .managermaxram, .runnermemoryfactor: ""
    case .managerhost, .managercertdomain: "localhost"
    case .managerlisten: "127.0.0.1,::1"
    case .managerdir: "~/.wr"
    case .managerpidfile: "pid"
    case .managerlogfile: "log"
    case .managerdbfile: "db"
    case .managerdbbkfile: "db_bk"
    case .managertokenfile: "client.token"
    case .manageruploaddir: "uploads"
    case .managerumask: "007"
    case .managerscheduler: "local"
    case .managercafile: "ca.pem"
    case .managercertfile: "cert.pem"
    case .managerkeyfile: "key.pem"
    case .managersetdomainip: "false"
    case .runnerexecshell: "bash"
    case .privatekeypath: "~/.ssh/id_rsa"
    case .cloudflavor, .cloudflavormanager, .cloudflavorsets, .cloudscript, .clouddestroyscript,
      .deploysuccessscript:
      ""
    case .cloudkeepalive: "120"
    case .cloudservers: "-1"
    case .cloudcidr: "192.168.64.0/18"
    case .cloudgateway: "192.168.64.1"
    case .clouddns: "8.8.4.4,8.8.8.8"
    case .cloudos: "bionic-server"
    case .containerimage: "ubuntu:latest"
    case .clouduser: "ubuntu"
    case .cloudram: "2048"
    case .clouddisk: "1"
    case .cloudconfigfiles: "~/.s3cfg,~/.aws/credentials,~/.aws/config"
    case .cloudspawns: "10"
    case .cloudautoconfirmdead: "30"
    }
  }
}
