#include "holder.h"

#include <QCryptographicHash>
#include <QtEndian>

namespace sockdrop {

namespace {

/// In one way only, as the fields of a first contact are (PROTOCOL.md).
void addField(QCryptographicHash& hash, QByteArrayView field)
{
    const quint32 size = qToBigEndian(static_cast<quint32>(field.size()));
    hash.addData(QByteArrayView(reinterpret_cast<const char*>(&size), sizeof size));
    hash.addData(field);
}

} // namespace

Holder::Holder(const QString& fingerprint, const QByteArray& batch)
    : m_kind(fingerprint.isEmpty() ? "batch" : "key"),
      m_id(fingerprint.isEmpty() ? batch : fingerprint.toLatin1())
{}

QByteArray Holder::partialName(const QByteArray& owner, const QString& file) const
{
    return nameFor("partial", {owner, file.toUtf8()}) + ".part";
}

QByteArray Holder::originMark(const QString& source) const
{
    return source.isEmpty() ? QByteArray() : nameFor("origin", {source.toUtf8()});
}

/// One that nobody else can get, whatever they call their files: XXH3 would not do.
QByteArray Holder::nameFor(QByteArrayView use, const QByteArrayList& what) const
{
    constexpr qsizetype bytes = 20;
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (const QByteArrayView field :
         {QByteArrayView("sockdrop holder v1"), QByteArrayView(m_kind), QByteArrayView(m_id), use})
        addField(hash, field);
    for (const QByteArray& field : what)
        addField(hash, field);
    return hash.result().first(bytes).toHex();
}

} // namespace sockdrop
