"""Who is measured. Each sends a file or a folder over the loopback into its own inbox."""

import getpass
import json
import os
import shlex
import subprocess
from pathlib import Path
from urllib.parse import quote

from measure import end, free_port, measure, start, wait_listening, wait_until


class Contender:
    """`folder` is its own. A server that stays up is started once, another one for each run."""
    name = ""
    needs = ()
    encrypted = False

    def __init__(self, folder):
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.server = None
        self.port = 0

    def set_up(self):
        """Starts what stays up."""

    def send(self, source):
        """One run: `source`, a file or a folder, to inbox / its name. Its Sample."""
        raise NotImplementedError

    def tear_down(self):
        end(self.server)

    def serve(self, command):
        self.server = start(command)
        wait_listening(self.server, self.port)


class Sockdrop(Contender):
    """Without encryption, as most of the others are."""
    name = "sockdrop"
    program = ""
    receiving = ("--plain", "--accept", "all")
    trust = ("--plain",)

    def __init__(self, folder):
        super().__init__(folder)
        # Not the settings of whoever runs this.
        self.env = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"),
                    "XDG_DATA_HOME": str(folder / "data")}

    def receive(self, out):
        """Starts a receiver whose events go to `out`."""
        return start([self.program, "receive", "--json", "--dir", self.inbox, "--listen", "127.0.0.1", "--port", "0",
                      *self.receiving],
                     stdout=out, env=self.env)

    def sending(self, source, port):
        return [self.program, "send", *self.trust, "--to", f"127.0.0.1:{port}", source]

    def send(self, source):
        events = self.folder / "events"
        with events.open("wb") as out:
            receiver = self.receive(out)
        try:
            wait_until(lambda: b"\n" in events.read_bytes(), receiver, "sockdrop-cli receive does not listen")
            port = json.loads(events.read_bytes().splitlines()[0])["port"]
            return measure(self.sending(source, port), receiver, env=self.env)
        finally:
            end(receiver)


class EncryptedSockdrop(Sockdrop):
    """As it comes: TLS, both keys checked."""
    name = "sockdrop (encrypted)"
    receiving = ("--accept", "all")
    trust = ("--trust-new",)


class Netcat(Contender):
    """The floor: no names, no check, no answer. A folder goes as a stream of tar."""
    name = "nc"
    needs = ("nc", "tar")

    def send(self, source):
        port = free_port()
        listen = f"exec nc -l 127.0.0.1 {port}"
        take, give = f"{listen} >{shlex.quote(str(self.inbox / source.name))}", f"<{shlex.quote(str(source))}"
        connect = f"nc -N 127.0.0.1 {port}"
        if source.is_dir():
            take = f"nc -l 127.0.0.1 {port} | tar -xf - -C {shlex.quote(str(self.inbox))}"
            give = f"tar -cf - -C {shlex.quote(str(source.parent))} {shlex.quote(source.name)} | {connect}"
        else:
            give = f"exec {connect} {give}"
        receiver = start(["sh", "-c", take])
        try:
            wait_listening(receiver, port)
            return measure(["sh", "-c", give], receiver, receiver_ends=True)
        finally:
            end(receiver)


def quoted(text):
    """As curl's -K reads it."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


class CurlNginx(Contender):
    name = "curl → nginx"
    needs = ("curl", "nginx")

    def set_up(self):
        self.port = free_port()
        root = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
        temporary = "".join(f"{kind}_temp_path {self.folder}/tmp;" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log; {root} worker_processes auto;\n"
            f"events {{}}\nhttp {{ access_log off; {temporary} client_max_body_size 0; keepalive_requests 1000000;\n"
            f"server {{ listen 127.0.0.1:{self.port}; root {self.inbox};\n"
            f"location / {{ dav_methods PUT; create_full_put_path on; }} }} }}\n")
        self.serve(["nginx", "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"])

    def send(self, source):
        url = f"http://127.0.0.1:{self.port}/"
        if not source.is_dir():
            return measure(["curl", "-sfS", "--noproxy", "*", "-T", source, url], self.server)
        files = sorted(file for file in source.rglob("*") if file.is_file())
        pairs = [f"upload-file = {quoted(file)}\nurl = {quoted(url + quote(str(file.relative_to(source.parent))))}\n"
                 for file in files]
        (self.folder / "pairs").write_text("".join(pairs))
        return measure(["curl", "-sfS", "--noproxy", "*", "--globoff", "-K", self.folder / "pairs"], self.server)


class Rsync(Contender):
    name = "rsync daemon"
    needs = ("rsync",)

    def set_up(self):
        self.port = free_port()
        owner = "uid = root\ngid = root\n" if os.geteuid() == 0 else ""
        (self.folder / "rsyncd.conf").write_text(
            f"use chroot = no\nlog file = {self.folder}/log\n{owner}[in]\npath = {self.inbox}\nread only = no\n")
        self.serve(["rsync", "--daemon", "--no-detach", "--config", self.folder / "rsyncd.conf",
                    "--address", "127.0.0.1", "--port", self.port])

    def send(self, source):
        return measure(["rsync", "-rt", "--whole-file", source, f"rsync://127.0.0.1:{self.port}/in/"], self.server)


class Scp(Contender):
    name = "scp"
    needs = ("scp", "/usr/sbin/sshd", "ssh-keygen")
    encrypted = True

    def set_up(self):
        self.port = free_port()
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / key], check=True)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # which sshd wants, and only its service makes
        (self.folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {self.folder}/host\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {self.folder}/user.pub\nStrictModes no\nPermitRootLogin prohibit-password\n"
            "PasswordAuthentication no\nSubsystem sftp internal-sftp\n")
        self.serve(["/usr/sbin/sshd", "-D", "-f", self.folder / "sshd_config"])

    def send(self, source):
        return measure(["scp", "-qr", "-F", "/dev/null", "-i", self.folder / "user", "-P", self.port,
                        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
                        source, f"{getpass.getuser()}@127.0.0.1:{self.inbox}/"], self.server)


ALL = (Sockdrop, EncryptedSockdrop, Netcat, CurlNginx, Rsync, Scp)
