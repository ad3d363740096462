#include "helptext.h"

#include "messages.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QString overview()
{
    return Cli::tr("Usage: sockdrop-cli COMMAND [OPTION]...\n"
                   "Sends files to another device and receives them, without a window.\n"
                   "\n"
                   "Commands:\n"
                   "  receive    take files from other devices and save them in a folder\n"
                   "  send       send files and folders to another device\n"
                   "  peers      list known devices, rename, forget or always accept them\n"
                   "  id         print the fingerprints of this device\n"
                   "\n"
                   "  --help     after a command: its options\n"
                   "  --version  print the version\n"
                   "\n");
}

QString exitCodes()
{
    return Cli::tr("Exit codes: 0 all landed, 1 something failed, 2 usage, 3 unreachable, 4 declined,\n"
                   "5 not trusted, 130 interrupted; receive ends with 0 when SIGTERM told it to. SIGINT and "
                   "SIGTERM stop\n"
                   "cleanly; a second one at once.\n");
}

QString transferEvents()
{
    return Cli::tr(
        "  progress   id, name, bytes, total (null: not known), rate (bytes a second); at most ten a\n"
        "             second for each upload\n"
        "  landed     id, name, path (where it stands over there; absolute when receiving), bytes,\n"
        "             digest (\"xxh3-128:\" and hex), peer, note\n"
        "  skipped    as landed: the same file or folder was there already\n"
        "  failed     id, name, code (\"no-space\", \"connection-lost\", ...), text, peer; id is 0 for a\n"
        "             path that could not be read at all\n"
        "  waiting    id, name, text: for somebody over there to accept it\n"
        "  paused     id, name, text: until the other side or its disk goes on\n"
        "  reconnecting  id, name, code, text: the line is down, the upload is not given up\n"
        "  missed     count: so many lines got lost here, as nobody read them (what waits is bounded)\n"
        "  done       landed, skipped, unconfirmed, failed (numbers of files), unfinished (uploads whose "
        "files\n"
        "             landed, but whose line broke before the last word), bytes (landed), sent (bytes on "
        "the\n"
        "             wire, what had to be sent twice too), seconds; last\n");
}

QString receiveHelp()
{
    return Cli::tr(
               "Usage: sockdrop-cli receive [OPTION]...\n"
               "Takes uploads until it is interrupted.\n"
               "\n"
               "  --dir DIR          destination; default: the one chosen in the window, else the downloads\n"
               "                     folder\n"
               "  --listen ADDRESS   IP address to listen on, or localhost; default: all\n"
               "  --port N           default: the one chosen in the window, else 54321; 0: any free one\n"
               "  --accept POLICY    who may upload: ask (a person at the terminal decides), known (devices "
               "that\n"
               "                     were accepted before) or all; default: the one chosen in the window, "
               "else "
               "ask\n"
               "  --conflict POLICY  when the name is taken: rename, replace or skip; default: the one "
               "chosen in the\n"
               "                     window, else rename\n"
               "  --name NAME        what senders see this device as; default: the host's name and\n"
               "                     the first digits of its key\n"
               "  --plain            take uploads without encryption, too: from browsers, curl, old "
               "programs;\n"
               "                     --no-plain: do not. Default: as chosen in the window, else --no-plain\n"
               "  --allow-host NAME  browsers may ask for this device by NAME, too; several with commas "
               "between\n"
               "  --keep-executable  files that their sender can run can be run here, too\n"
               "  --read-back        read each file again from the disk before it gets its name\n"
               "  --once             end after the first upload: 0 when it landed, 1 when it failed\n"
               "  --json             print one JSON object a line\n"
               "  --profile NAME     use a separate identity and separate settings\n"
               "\n"
               "Events of --json, by their member \"event\":\n"
               "  listening  port, addresses (without port), folder, plain (taken, too), pid\n"
               "  pairing    name, address, fingerprint, impostor, code: a first contact; the code must be "
               "the\n"
               "             same on the sender's screen, and is asked about at the terminal\n"
               "  offer      id, sender, address, encrypted, fingerprint, known (its name here), impostor, "
               "code,\n"
               "             files, bytes, names, dropped, folder, free (null: not known): asked at the "
               "terminal\n") +
           transferEvents() + u'\n' + exitCodes();
}

QString sendHelp()
{
    return Cli::tr(
               "Usage: sockdrop-cli send --to HOST[:PORT] [OPTION]... PATH...\n"
               "Uploads files and whole folders, each once. A path that is not there fails; the others go "
               "on.\n"
               "Streams (-, pipes) cannot be sent.\n"
               "\n"
               "  --to HOST[:PORT]   the receiver: name or IP address; an IPv6 address with port as "
               "[ADDRESS]:PORT,\n"
               "                     a link-local one with its interface, fe80::1%eth0; default port: 54321\n"
               "  --checksum         compare what is there already by its bytes, not by size and time\n"
               "  --retry-for N      connect again and again after a cut, for N seconds without progress;\n"
               "                     default: 60. Repeating the command goes on where it was, too\n"
               "  --jobs N           more than 1: each PATH is an upload of its own, N of them at once (up "
               "to 16)\n"
               "  --fingerprint HEX  send only to the receiver with this SHA-256 fingerprint, of its key (as "
               "id "
               "prints\n"
               "                     it there) or of its certificate; colons and case do not matter\n"
               "  --trust-new        trust a receiver that is not known yet without a question; the code is "
               "printed,\n"
               "                     for the person there\n"
               "  --plain            no encryption, as http:// in front of HOST: for old receivers\n"
               "  --json             print one JSON object a line\n"
               "  --profile NAME     use a separate identity and separate settings\n"
               "\n"
               "Events of --json, by their member \"event\":\n"
               "  sent       id, name, bytes, peer, note: an original server took it and never confirms; "
               "neither\n"
               "             landed nor failed\n") +
           transferEvents() + u'\n' + exitCodes();
}

QString peersHelp()
{
    return Cli::tr(
        "Usage: sockdrop-cli peers [--json] [--profile NAME]\n"
        "       sockdrop-cli peers rename PEER NAME\n"
        "       sockdrop-cli peers forget PEER\n"
        "       sockdrop-cli peers always PEER on|off\n"
        "Lists the known devices: those whose key was checked once, when something was sent to them or\n"
        "accepted from them.\n"
        "\n"
        "  PEER    its name here, or the fingerprint of its key or the first digits of that, at least 8\n"
        "  rename  call it NAME here; no two devices have the same name\n"
        "  forget  it is a stranger again: the next upload, in either direction, needs a new check\n"
        "  always  whether its uploads are let in without a question\n"
        "\n"
        "Events of --json, by their member \"event\":\n"
        "  peer       name, fingerprint, address (null: never sent to), always, added, seen (UTC; null:\n"
        "             not known); of each one, or of the one that was changed\n"
        "  forgotten  name, fingerprint\n");
}

QString idHelp()
{
    return Cli::tr(
        "Usage: sockdrop-cli id [--json] [--profile NAME]\n"
        "Prints the fingerprint by which other devices know this one; makes the identity at first. send\n"
        "--fingerprint takes both of them: of the public key, and of the certificate, which is what\n"
        "\"openssl x509 -fingerprint -sha256\" prints.\n"
        "\n"
        "Event of --json: id, with name, fingerprint (SHA-256 of the public key, hex) and certificate "
        "(SHA-256\n"
        "of the certificate, hex).\n");
}

} // namespace

QString helpText(const QString& command)
{
    if (command == "receive"_L1)
        return receiveHelp();
    if (command == "send"_L1)
        return sendHelp();
    if (command == "peers"_L1)
        return peersHelp();
    if (command == "id"_L1)
        return idHelp();
    return overview() + exitCodes();
}

} // namespace sockdrop
