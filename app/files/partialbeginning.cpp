#include "partialbeginning.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Asked for and not come yet; far below what a sender keeps in mind.
constexpr qint64 mostUnderWay = 16 * chunkBytes;

} // namespace

PartialBeginning::PartialBeginning(const SystemCalls& calls, const Journal::Progress& expected)
    : m_reader(calls), m_expected(expected), m_chunks({}, expected.offset)
{}

void PartialBeginning::readOn(int file)
{
    const qint64 offset = progress().offset;
    const Result<Hash128> hash =
        m_reader.hash(file, offset, std::min(chunkBytes, m_expected.offset - offset));
    if (!hash) {
        startOver();
        return;
    }
    m_chunks.add(offset, hash.value());
    if (progress() == m_expected)
        m_state = State::Right;
    else if (m_chunks.isWhole())
        startOver();
}

void PartialBeginning::startOver()
{
    m_chunks = WrittenChunks({}, m_expected.offset);
    m_state = State::Missing;
}

Result<void> PartialBeginning::add(qint64 offset, const Hash128& hash)
{
    m_chunks.add(offset, hash);
    if (!m_chunks.isWhole())
        return {};
    if (progress() != m_expected)
        return Error{ErrorCode::DigestMismatch, u"The file is another one than the one that was begun."_s};
    m_state = State::Right;
    return {};
}

std::optional<qint64> PartialBeginning::nextMissing()
{
    if (m_state != State::Missing || m_asked >= m_expected.offset ||
        m_asked - progress().offset >= mostUnderWay)
        return std::nullopt;
    return std::exchange(m_asked, m_asked + chunkBytes);
}

} // namespace sockdrop
