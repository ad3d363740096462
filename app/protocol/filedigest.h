#pragma once

#include <QByteArrayView>
#include <QString>

#include <memory>

namespace sockdrop {

/// Digest of a whole file: XXH3 with 128 bits, over the bytes in their order. It tells damage, not malice;
/// `xxhsum -H2` prints the same digits.
class FileDigest final
{
public:
    FileDigest();
    ~FileDigest();
    FileDigest(FileDigest&&) noexcept;
    FileDigest& operator=(FileDigest&&) noexcept;

    void add(QByteArrayView bytes);

    /// "xxh3-128:" and 32 lower-case hex digits, for all bytes so far.
    [[nodiscard]] QString text() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sockdrop
