#pragma once

#include <QtGlobal>

#include <chrono>

namespace sockdrop {

/// Every limit of the program, with its default. Passed by value to whoever enforces it, so that a test can
/// lower one without waiting or filling a disk.
struct Limits
{
    // HTTP (RFC 9112)
    qint64 httpHeadBytes = 16LL * 1024; ///< request line and headers together
    qint64 httpLineBytes = 8000;        ///< one line of these
    int httpHeaderCount = 64;
    qint64 httpBodyBytes = 64LL * 1024;   ///< of a POST; offers are small
    qint64 httpAnswerBytes = 64LL * 1024; ///< that a sender reads from a receiver

    // Connections
    int connections = 256;                              ///< open at once; one more is closed at accept
    int connectionsPerAddress = 64;                     ///< of these, from one IPv4 address or IPv6 /64
    std::chrono::milliseconds firstByteTimeout{10'000}; ///< from accept to the first byte
    std::chrono::milliseconds headTimeout{10'000};    ///< from there to a whole request; for a TLS handshake
    std::chrono::milliseconds idleTimeout{60'000};    ///< silence on an upload, in either direction
    qint64 minimumRate = 512;                         ///< of what comes on a basic upload, in bytes a second,
    std::chrono::milliseconds rateWindow{60'000};     ///< … on average over so long
    std::chrono::milliseconds closeTimeout{3'000};    ///< for a peer to take our last bytes and close too
    qint64 drainBytes = 64LL * 1024 * 1024;           ///< read and dropped while waiting for that
    std::chrono::milliseconds connectTimeout{10'000}; ///< of a sender
    std::chrono::milliseconds answerTimeout{100'000}; ///< of a sender, while the receiver's person decides

    // WebSocket (RFC 6455)
    qint64 frameBytes =
        512LL * 1024 * 1024; ///< of a basic client: the original one sends a file as one frame; not buffered
    qint64 messageBytes = 512LL * 1024 * 1024;

    // Native batches (PROTOCOL.md)
    qint64 batchMessageBytes = 512LL * 1024; ///< of one message, either way
    qint64 creditBytes = 12LL * 1024 * 1024; ///< of chunks under way and not acknowledged
    int openFiles = 8192;                    ///< announced and not concluded, on one connection
    int openWriters = 16;                    ///< of these have their files open, on one connection
    int openFolders = 64;                    ///< that files go to, on one connection
    int badChunks = 16;                      ///< of one file on one connection; then it fails
    int commitFiles = 4096;                  ///< small files that wait for a sync together,
    qint64 commitBytes = 4LL * 1024 * 1024;  ///< … and their bytes
    qint64 journalBytes = 4LL * 1024 * 1024; ///< of a large file between two records of its journal
    qint64 syncBytes = 256LL * 1024 * 1024;  ///< of a large file between two syncs of it
    qint64 partialBytes = 1024LL * 1024;     ///< a smaller file is not continued but sent again
    int batchFiles = 5'000'000;              ///< of one batch; its sender keeps about 60 bytes for each
    std::chrono::milliseconds pingInterval{15'000}; ///< on a native connection that is silent otherwise
    /// Of a sender that is not held, for any message of a receiver that only pings: it may compare a large
    /// file.
    std::chrono::milliseconds wordTimeout{30 * 60'000};
    std::chrono::milliseconds firstBackoff{200};     ///< before a lost connection is made again,
    std::chrono::milliseconds mostBackoff{30'000};   ///< … doubled each time up to this
    std::chrono::milliseconds spaceInterval{1'000};  ///< between two looks at a full disk
    std::chrono::milliseconds ackPatience{5'000};    ///< of a sender, until it says for whom it waits
    std::chrono::milliseconds returnTimeout{60'000}; ///< for the sender of a batch to come back after a cut

    // Uploads
    std::chrono::milliseconds tokenLifetime{120'000};
    int tokens = 10'000;     ///< unspent at once, in all,
    int tokensPerPeer = 256; ///< … of one known key, else of one IPv4 address or IPv6 /64
    int nameBytes = 255;     ///< of one path component, in UTF-8 (NAME_MAX)
    int pathBytes = 4095;
    int nameCharacters = 255;   ///< of what a peer calls itself or what it sends; the rest is not kept
    int textCharacters = 1'000; ///< of what else a peer says, and of a name or a text in the log
    int reasonCharacters = 300; ///< of why a receiver refuses
    int pathComponents = 256;
    qint64 originalServerFileBytes = 256LL * 1024 * 1024; ///< an original server takes a file as one message
    std::chrono::hours partialLifetime{24};               ///< of a partial file that nobody continued

    // Who may upload
    std::chrono::milliseconds decisionTimeout{90'000};  ///< for the person at the receiver; then declined
    int offers = 32;                                    ///< that wait for a person at once,
    int offersPerPeer = 3;                              ///< … of one known key, else of one address
    std::chrono::milliseconds pairingLifetime{120'000}; ///< of a step of a first contact
    std::chrono::milliseconds pairingInterval{500};     ///< between two looks at what the receiver says of it
    int pairings = 32;                                  ///< first contacts begun in that time, in all,
    int pairingsPerPeer = 8;                            ///< … and from one address
    int admittedBatches = 1000; ///< unfinished ones that may come back without a question

    // Log
    int logEntries = 10'000;
};

} // namespace sockdrop
