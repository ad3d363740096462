#pragma once

#include <QByteArrayList>
#include <QStringList>

#include <xxhash.h>

namespace sockdrop {

// Offers and control messages, written by hand so that they can also hold what is wrong.

/// A JSON string in ASCII, so that broken Unicode arrives as it is.
inline QByteArray quoted(const QString& text)
{
    QByteArray json = "\"";
    for (const QChar c : text)
        json += "\\u" + QByteArray::number(c.unicode(), 16).rightJustified(4, '0');
    return json + '"';
}

inline QByteArray withChecksum(const QByteArray& json)
{
    const quint64 checksum = XXH3_64bits(json.constData(), static_cast<size_t>(json.size()));
    return QByteArray::number(checksum, 16).rightJustified(16, '0') + ' ' + json;
}

inline QByteArray announcedAs(const QString& path, const QByteArray& more = {})
{
    return "{\"path\":" + quoted(path) + ",\"size\":3,\"mtime\":1500000000123" + more + "}";
}

inline QByteArray announcement(const QByteArrayList& files)
{
    return withChecksum(R"({"type":"announce","first":1,"files":[)" + files.join(',') + "]}");
}

inline QByteArray jsonOffer(const QStringList& path, const QByteArray& more = R"(,"size":3)")
{
    QByteArrayList components;
    for (const QString& component : path)
        components += quoted(component);
    return "{\"path\":[" + components.join(',') + "]" + more + "}";
}

inline QByteArray batchOffer(const QByteArray& sender, const QByteArray& names, int files)
{
    return R"({"sender":)" + sender + R"(,"batch":"000102030405060708090a0b0c0d0e0f","files":)" +
           QByteArray::number(files) + R"(,"bytes":3,"names":)" + names + "}";
}

} // namespace sockdrop
