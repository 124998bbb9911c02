"""The system calls that docker's default profile keeps from a command, as a deny list (moby/profiles, default.json).

Docker lists what is allowed; the calls that are left over, because they reach the kernel itself or other containers,
are listed here with the capability that brings them back. Calls that are younger than this list are left to the
kernel's own checks.
"""

from __future__ import annotations

FILTERED_MACHINES = ("x86_64", "aarch64")
"""Where there is a filter. Elsewhere commands run without one, and the sandbox's description says so."""

ARCHITECTURES = ("x86_64", "x86", "aarch64", "arm")
"""The order of the numbers below; -1 where an architecture lacks the call."""

DENIED_SYSCALLS = (
    ("_sysctl", "", (156, 149, -1, 149)),
    ("acct", "CAP_SYS_PACCT", (163, 51, 89, 51)),
    ("add_key", "", (248, 286, 217, 309)),
    ("bdflush", "", (-1, 134, -1, 134)),
    ("bpf", "CAP_BPF", (321, 357, 280, 386)),
    ("chroot", "CAP_SYS_CHROOT", (161, 61, 51, 61)),
    ("clock_settime", "CAP_SYS_TIME", (227, 264, 112, 262)),
    ("clock_settime64", "CAP_SYS_TIME", (-1, 404, -1, 404)),
    ("create_module", "", (174, 127, -1, -1)),
    ("delete_module", "CAP_SYS_MODULE", (176, 129, 106, 129)),
    ("fanotify_init", "CAP_SYS_ADMIN", (300, 338, 262, 367)),
    ("finit_module", "CAP_SYS_MODULE", (313, 350, 273, 379)),
    ("fsconfig", "CAP_SYS_ADMIN", (431, 431, 431, 431)),
    ("fsmount", "CAP_SYS_ADMIN", (432, 432, 432, 432)),
    ("fsopen", "CAP_SYS_ADMIN", (430, 430, 430, 430)),
    ("fspick", "CAP_SYS_ADMIN", (433, 433, 433, 433)),
    ("get_kernel_syms", "", (177, 130, -1, -1)),
    ("get_mempolicy", "CAP_SYS_NICE", (239, 275, 236, 320)),
    ("init_module", "CAP_SYS_MODULE", (175, 128, 105, 128)),
    ("io_uring_enter", "", (426, 426, 426, 426)),
    ("io_uring_register", "", (427, 427, 427, 427)),
    ("io_uring_setup", "", (425, 425, 425, 425)),
    ("ioperm", "CAP_SYS_RAWIO", (173, 101, -1, -1)),
    ("iopl", "CAP_SYS_RAWIO", (172, 110, -1, -1)),
    ("kcmp", "CAP_SYS_PTRACE", (312, 349, 272, 378)),
    ("kexec_file_load", "", (320, -1, 294, 401)),
    ("kexec_load", "", (246, 283, 104, 347)),
    ("keyctl", "", (250, 288, 219, 311)),
    ("lookup_dcookie", "CAP_SYS_ADMIN", (212, 253, 18, 249)),
    ("mbind", "CAP_SYS_NICE", (237, 274, 235, 319)),
    ("migrate_pages", "", (256, 294, 238, 400)),
    ("mount", "CAP_SYS_ADMIN", (165, 21, 40, 21)),
    ("mount_setattr", "CAP_SYS_ADMIN", (442, 442, 442, 442)),
    ("move_mount", "CAP_SYS_ADMIN", (429, 429, 429, 429)),
    ("move_pages", "", (279, 317, 239, 344)),
    ("nfsservctl", "", (180, 169, 42, 169)),
    ("open_by_handle_at", "CAP_DAC_READ_SEARCH", (304, 342, 265, 371)),
    ("open_tree", "CAP_SYS_ADMIN", (428, 428, 428, 428)),
    ("perf_event_open", "CAP_PERFMON", (298, 336, 241, 364)),
    ("pidfd_getfd", "CAP_SYS_PTRACE", (438, 438, 438, 438)),
    ("pivot_root", "", (155, 217, 41, 218)),
    ("process_madvise", "CAP_SYS_PTRACE", (440, 440, 440, 440)),
    ("query_module", "", (178, 167, -1, -1)),
    ("quotactl", "CAP_SYS_ADMIN", (179, 131, 60, 131)),
    ("quotactl_fd", "CAP_SYS_ADMIN", (443, 443, 443, 443)),
    ("reboot", "CAP_SYS_BOOT", (169, 88, 142, 88)),
    ("request_key", "", (249, 287, 218, 310)),
    ("set_mempolicy", "CAP_SYS_NICE", (238, 276, 237, 321)),
    ("set_mempolicy_home_node", "CAP_SYS_NICE", (450, 450, 450, 450)),
    ("setns", "CAP_SYS_ADMIN", (308, 346, 268, 375)),
    ("settimeofday", "CAP_SYS_TIME", (164, 79, 170, 79)),
    ("stime", "CAP_SYS_TIME", (-1, 25, -1, -1)),
    ("swapoff", "", (168, 115, 225, 115)),
    ("swapon", "", (167, 87, 224, 87)),
    ("sysfs", "", (139, 135, -1, 135)),
    ("syslog", "CAP_SYSLOG", (103, 103, 116, 103)),
    ("umount", "CAP_SYS_ADMIN", (-1, 22, -1, -1)),
    ("umount2", "CAP_SYS_ADMIN", (166, 52, 39, 52)),
    ("unshare", "CAP_SYS_ADMIN", (272, 310, 97, 337)),
    ("uselib", "", (134, 86, -1, 86)),
    ("userfaultfd", "", (323, 374, 282, 388)),
    ("ustat", "", (136, 62, -1, 62)),
    ("vhangup", "CAP_SYS_TTY_CONFIG", (153, 111, 58, 111)),
    ("vm86", "", (-1, 166, -1, -1)),
    ("vm86old", "", (-1, 113, -1, -1)),
)
"""Name, the capability that allows it (empty: nothing does), number by architecture."""

CLONE_NUMBERS = (56, 120, 220, 120)
CLONE3_NUMBERS = (435, 435, 435, 435)
PERSONALITY_NUMBERS = (135, 136, 92, 136)
SOCKET_NUMBERS = (41, 359, 198, 281)

NAMESPACE_FLAGS = 0x7E020000
"""clone(2) with any of these needs CAP_SYS_ADMIN: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET."""

ALLOWED_PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
"""Linux, 32-bit Linux, both with the UNAME26 flag, and the question which one it is."""

AF_VSOCK = 40
"""The way from a virtual machine to its host."""


def denied_names(capabilities: tuple[str, ...]) -> list[str]:
    """The calls that a command with these capabilities is kept from, whatever their arguments."""
    return [name for name, capability, _ in DENIED_SYSCALLS if capability not in capabilities]
