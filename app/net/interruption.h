#pragma once

#include <QEventLoop>

#include <mutex>

namespace sockdrop {

/// Lets another thread end what one thread waits for: event loops, or descriptors.
class Interruption final
{
public:
    Interruption() = default;
    ~Interruption();
    Q_DISABLE_COPY_MOVE(Interruption)

    /// From any thread: ends the loop that runs, and every later one at once. Once set, it stays so until
    /// reset().
    void set();
    void reset();
    [[nodiscard]] bool isSet() const;

    /// Can be read as long as it is set: for poll(). Opened when it is first asked for, as many may exist
    /// that nobody waits for; negative where there is none to be had.
    [[nodiscard]] int descriptor() const;
    /// Closes it. Not while somebody waits for it.
    void release();

    /// Runs the loop until it quits or set() is called.
    void exec(QEventLoop& loop);

private:
    mutable std::mutex m_mutex;
    mutable int m_descriptor = -1; ///< guarded by m_mutex
    QEventLoop* m_loop = nullptr;
    bool m_isSet = false;
};

} // namespace sockdrop
