#pragma once

#include <QByteArray>
#include <QString>

#include <tuple>

namespace sockdrop {

/// To whom something belongs that is kept or looked up for a sender: partial files, marks of origin, batches.
/// An admitted sender is a stranger to every other one, whatever it says of itself. A sender that has shown a
/// key is that key; one without is whoever names the id of its batch, which nobody else can guess
/// (PROTOCOL.md).
class Holder final
{
public:
    /// `fingerprint` is of the key that the sender proved to have; empty: none.
    Holder(const QString& fingerprint, const QByteArray& batch);

    /// The staging file of what this holder calls `file` in `owner`: a source of its own, or a batch.
    [[nodiscard]] QByteArray partialName(const QByteArray& owner, const QString& file) const;
    /// What a landed file is marked with (see sourceAttribute); empty where no `source` was told.
    [[nodiscard]] QByteArray originMark(const QString& source) const;

    friend bool operator<(const Holder& one, const Holder& other)
    {
        return std::tie(one.m_kind, one.m_id) < std::tie(other.m_kind, other.m_id);
    }

private:
    [[nodiscard]] QByteArray nameFor(QByteArrayView use, const QByteArrayList& what) const;

    QByteArray m_kind;
    QByteArray m_id;
};

/// One batch and whose it is: two holders may name the same id.
struct HeldBatch
{
    HeldBatch(const QString& fingerprint, const QByteArray& batch) : holder(fingerprint, batch), id(batch) {}

    Holder holder;
    QByteArray id;

    friend bool operator<(const HeldBatch& one, const HeldBatch& other)
    {
        return std::tie(one.holder, one.id) < std::tie(other.holder, other.id);
    }
};

} // namespace sockdrop
