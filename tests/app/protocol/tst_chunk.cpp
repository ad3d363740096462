#include "chunk.h"
#include "filedigest.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestChunk : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isAsDescribed();
    void noticesEveryFlippedBit();
    void refuses_data();
    void refuses();
    void readsHex();
    void digestOfOneChunkIsThatOfTheFile();
    void digestIsAChain();
    void digestGoesOn();

private:
    [[nodiscard]] static QByteArray encoded(const ChunkHeader& header, qsizetype payload)
    {
        QByteArray bytes(ChunkHeader::size + payload, 'x');
        header.encode(bytes.data());
        return bytes;
    }
};

void TestChunk::isAsDescribed()
{
    // The worked example of PROTOCOL.md.
    ChunkHeader header;
    header.file = 1;
    header.length = 3;
    header.hash = Hash128::of("abc");
    QCOMPARE(encoded(header, 0).toHex(), "00000001000000030000000000000000"
                                         "06b05ab6733a618578af5f94892f3950fdba7e0a94ceb276"_ba);
    QCOMPARE(ChunkHeader::decode(encoded(header, 3)).value(), header);
}

void TestChunk::noticesEveryFlippedBit()
{
    ChunkHeader header;
    header.file = 7;
    header.length = 5;
    header.offset = chunkBytes;
    header.hash = Hash128::of("bytes");
    const QByteArray intact = encoded(header, 5);
    for (qsizetype bit = 0; bit < ChunkHeader::size * 8; ++bit) {
        QByteArray damaged = intact;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        QVERIFY(!ChunkHeader::decode(damaged));
    }
}

void TestChunk::refuses_data()
{
    QTest::addColumn<quint32>("length");
    QTest::addColumn<qint64>("offset");
    QTest::addColumn<qsizetype>("payload");
    QTest::addColumn<bool>("isFine");
    const auto whole = static_cast<quint32>(chunkBytes);
    QTest::newRow("one byte") << 1U << qint64{0} << qsizetype{1} << true;
    QTest::newRow("whole") << whole << 3 * chunkBytes << qsizetype{chunkBytes} << true;
    QTest::newRow("more follows") << 1U << qint64{0} << qsizetype{9} << true;
    QTest::newRow("empty") << 0U << qint64{0} << qsizetype{0} << false;
    QTest::newRow("too long") << whole + 1 << qint64{0} << qsizetype{chunkBytes + 1} << false;
    QTest::newRow("cut") << 2U << qint64{0} << qsizetype{1} << false;
    QTest::newRow("between chunks") << 1U << qint64{1} << qsizetype{1} << false;
    QTest::newRow("negative") << 1U << -chunkBytes << qsizetype{1} << false;
}

void TestChunk::refuses()
{
    QFETCH(quint32, length);
    QFETCH(qint64, offset);
    QFETCH(qsizetype, payload);
    QFETCH(bool, isFine);
    ChunkHeader header;
    header.file = 1;
    header.length = length;
    header.offset = offset;
    const auto decoded = ChunkHeader::decode(encoded(header, payload));
    QCOMPARE(decoded.isOk(), isFine);
    if (!decoded)
        QCOMPARE(decoded.error().code, ErrorCode::ProtocolError);
    QVERIFY(!ChunkHeader::decode(encoded(header, payload).first(ChunkHeader::size - 1)));
}

void TestChunk::readsHex()
{
    const Hash128 hash = Hash128::of("abc");
    QCOMPARE(hash.toHex(), "06b05ab6733a618578af5f94892f3950"_ba);
    QCOMPARE(Hash128::fromHex(hash.toHex()), hash);
    for (const QByteArray& text :
         {""_ba, hash.toHex().chopped(1), hash.toHex() + '0', hash.toHex().toUpper(), "0g"_ba.repeated(16)})
        QVERIFY(!Hash128::fromHex(text));
}

void TestChunk::digestOfOneChunkIsThatOfTheFile()
{
    QCOMPARE(ChainDigest().text(), FileDigest().text());
    for (const qsizetype size : {qsizetype{1}, qsizetype{1000}, qsizetype{chunkBytes}}) {
        const QByteArray bytes(size, 'a');
        FileDigest whole;
        whole.add(bytes);
        ChainDigest chain;
        chain.add(Hash128::of(bytes));
        QCOMPARE(chain.text(), whole.text());
    }
}

void TestChunk::digestIsAChain()
{
    const Hash128 a = Hash128::of("a");
    const Hash128 b = Hash128::of("b");
    ChainDigest chain;
    chain.add(a);
    chain.add(b);
    const Hash128 expected = Hash128::of(a.toBytes() + b.toBytes());
    QCOMPARE(chain.value(), expected);
    QCOMPARE(chain.text(), u"xxh3-128-chain:"_s + QString::fromLatin1(expected.toHex()));
    chain.add(a);
    QCOMPARE(chain.value(), Hash128::of(expected.toBytes() + a.toBytes()));

    ChainDigest other;
    other.add(b);
    other.add(a);
    other.add(a);
    QVERIFY(other != chain);
}

void TestChunk::digestGoesOn()
{
    ChainDigest whole;
    for (const char* chunk : {"a", "b", "c"})
        whole.add(Hash128::of(chunk));
    ChainDigest begun;
    begun.add(Hash128::of("a"));
    begun.add(Hash128::of("b"));
    ChainDigest resumed(begun.value(), 2);
    resumed.add(Hash128::of("c"));
    QCOMPARE(resumed, whole);
}

QTEST_GUILESS_MAIN(TestChunk)
#include "tst_chunk.moc"
