//! What a pod gets of the machine it runs on.

use vauban_model::resource::Value;

/// What a pod gets of its machine, all containers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostAccess {
    /// A container is privileged.
    pub privileged: bool,
    /// The pod sees the machine's processes.
    pub processes: bool,
    /// The pod is on the machine's network.
    pub network: bool,
    /// The pod shares the machine's memory segments.
    pub ipc: bool,
    /// A container has the socket of the runtime.
    pub socket: bool,
    /// A container reads or writes folders whose content is the machine.
    pub paths: bool,
    /// A container has capabilities that reach the kernel.
    pub capabilities: bool,
}

impl HostAccess {
    /// Whether code in the pod gets onto the machine.
    pub fn leaves(self) -> bool {
        self.privileged || self.processes || self.socket || self.paths || self.capabilities
    }

    /// Whether anything of the machine is open to the pod.
    pub fn any(self) -> bool {
        self.leaves() || self.network || self.ipc
    }

    /// The words of the vocabulary.
    pub fn words(self) -> Vec<&'static str> {
        let all = [
            (self.privileged, "privileged"),
            (self.processes, "host-processes"),
            (self.network, "host-network"),
            (self.ipc, "host-ipc"),
            (self.socket, "runtime-socket"),
            (self.paths, "host-paths"),
            (self.capabilities, "capabilities"),
        ];
        let mut words: Vec<&'static str> = all.into_iter().filter(|(has, _)| *has).map(|(_, word)| word).collect();
        if words.is_empty() {
            words.push("none");
        }
        words
    }
}

/// Capabilities with which code leaves its container by itself (capabilities(7) of the Linux manual): mounting,
/// loading modules, raw devices, opening files by handle, programs in the kernel.
const CAPABILITIES: [&str; 6] = ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"];

/// Folders that hold credentials or all of the machine: reading is enough.
const READ: [&str; 22] = [
    "/",
    "/etc",
    "/etc/kubernetes",
    "/etc/kubernetes/pki",
    "/etc/shadow",
    "/etc/ssh",
    "/root",
    "/root/.ssh",
    "/home",
    "/proc",
    "/var",
    "/var/lib",
    "/var/lib/kubelet",
    "/var/lib/kubelet/pods",
    "/var/lib/kubelet/pki",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/etcd",
    "/var/run",
    "/run",
    "/run/containerd",
    "/var/run/containerd",
];

/// Folders that hold what the machine runs, or lead there: with these and all below, writing is enough.
const WRITE: [&str; 22] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/opt",
    "/boot",
    "/root",
    "/home",
    "/etc/kubernetes",
    "/etc/cron.d",
    "/etc/crontab",
    "/etc/systemd",
    "/etc/init.d",
    "/etc/profile.d",
    "/etc/ld.so.preload",
    "/etc/passwd",
    "/etc/sudoers.d",
    "/etc/cni",
    "/var/spool/cron",
    "/var/lib/kubelet/pki",
    "/sys/kernel",
];

/// Where writing is enough, but not further below.
const WRITE_HERE: [&str; 3] = ["/dev", "/sys", "/var/log"];

/// Whether a mount of a path of the machine gives the machine away.
fn gives_away(path: &str, read_only: bool) -> bool {
    let trimmed = path.trim_end_matches('/');
    let path = if trimmed.is_empty() { "/" } else { trimmed };
    if READ.contains(&path) {
        return true;
    }
    let below = |folder: &str| path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    !read_only && (WRITE.into_iter().any(below) || WRITE_HERE.contains(&path))
}

fn is_socket(path: &str) -> bool {
    ["docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock"]
        .iter()
        .any(|name| path.ends_with(name))
}

fn is_true(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool) == Some(true)
}

/// What a pod gets of its machine. What is not known is not there.
pub fn host_access(pod: &Value) -> HostAccess {
    let mut out = HostAccess {
        processes: is_true(pod.get("hostPID")),
        network: is_true(pod.get("hostNetwork")),
        ipc: is_true(pod.get("hostIPC")),
        ..HostAccess::default()
    };
    let containers =
        || ["containers", "initContainers"].into_iter().filter_map(|key| pod.get(key)).flat_map(|list| list.each());
    for container in containers() {
        out.privileged |= is_true(container.at("securityContext.privileged"));
        let added = container.at("securityContext.capabilities.add").map(Value::each).unwrap_or_default();
        for name in added.iter().filter_map(Value::as_text) {
            let name = name.strip_prefix("CAP_").unwrap_or(name);
            out.capabilities |= CAPABILITIES.contains(&name)
                // These reach others only together with what the pod shares with the machine.
                || name == "SYS_PTRACE" && out.processes
                || name == "NET_ADMIN" && out.network;
        }
    }
    for volume in pod.get("volumes").map(Value::each).unwrap_or_default() {
        let (Some(path), Some(name)) =
            (volume.at("hostPath.path").and_then(Value::as_text), volume.get("name").and_then(Value::as_text))
        else {
            continue;
        };
        for container in containers() {
            for mount in container.get("volumeMounts").map(Value::each).unwrap_or_default() {
                if mount.get("name").and_then(Value::as_text) != Some(name) {
                    continue;
                }
                let below = mount.get("subPath").and_then(Value::as_text).unwrap_or_default();
                let path = if below.is_empty() {
                    path.to_owned()
                } else {
                    format!("{}/{}", path.trim_end_matches('/'), below.trim_matches('/'))
                };
                if is_socket(&path) {
                    out.socket = true;
                } else {
                    out.paths |= gives_away(&path, is_true(mount.get("readOnly")));
                }
            }
        }
    }
    out
}
