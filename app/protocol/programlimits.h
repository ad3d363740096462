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
    qint64 httpLineBytes = 8000;        ///< one line of these; QWebSocketServer takes 8 KiB at most
    int httpHeaderCount = 64;
    qint64 httpBodyBytes = 64LL * 1024;   ///< of a POST; offers are small
    qint64 httpAnswerBytes = 64LL * 1024; ///< that a sender reads from a receiver

    // Connections
    int connections = 256;                             ///< open at once; one more is closed at accept
    std::chrono::milliseconds headTimeout{10'000};     ///< from accept to a whole request
    std::chrono::milliseconds idleTimeout{60'000};     ///< silence on an upload, in either direction
    std::chrono::milliseconds closeTimeout{3'000};     ///< for a peer to take our last bytes and close too
    qint64 drainBytes = 64LL * 1024 * 1024;            ///< read and dropped while waiting for that
    std::chrono::milliseconds connectTimeout{10'000};  ///< of a sender
    std::chrono::milliseconds receiptTimeout{120'000}; ///< from the last byte sent to the receipt

    // WebSocket (RFC 6455)
    qint64 frameBytes =
        512LL * 1024 * 1024; ///< of a basic client: the original one sends a file as one frame
    qint64 messageBytes = 512LL * 1024 * 1024;
    qint64 controlMessageBytes = 64LL * 1024; ///< that a sender reads from a receiver
    qint64 chunkBytes = 512LL * 1024;         ///< payload of one message that we send
    qint64 unsentBytes = 4LL * 1024 * 1024;   ///< that a sender keeps in its socket

    // Uploads
    std::chrono::milliseconds tokenLifetime{120'000};
    int tokens = 10'000; ///< unspent at once
    int nameBytes = 255; ///< of one path component, in UTF-8 (NAME_MAX)
    int pathBytes = 4095;
    int pathComponents = 256;
    qint64 originalServerFileBytes = 256LL * 1024 * 1024; ///< an original server takes a file as one message
    std::chrono::hours partialLifetime{24};               ///< of a partial file that nobody continued

    // Log
    int logEntries = 10'000;
};

} // namespace sockdrop
