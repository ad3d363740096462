#include "verificationcode.h"

#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <array>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

const QString senderKey = u"ab"_s.repeated(32);
const QString receiverKey = u"0123456789abcdef"_s.repeated(4);

/// 32 bytes: first, first + step, …
QByteArray nonce(int first, int step)
{
    QByteArray bytes;
    for (int i = 0; i < 32; ++i)
        bytes += static_cast<char>(first + i * step);
    return bytes;
}

const QByteArray senderNonce = nonce(0, 1);
const QByteArray receiverNonce = nonce(255, -1);

/// The same with one bit of its last byte turned round.
QByteArray turned(QByteArray bytes)
{
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    return bytes;
}

} // namespace

class TestVerificationCode final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void noncesAreFresh();
    void commitmentIsFixed();
    void codeIsFixed();
    void codeKeepsZerosInFront();
    void everyPartChangesTheCommitment();
    void everyPartChangesTheCode();
    void fieldsCannotRunIntoEachOther();
    void codesAreSpreadOut();
};

void TestVerificationCode::noncesAreFresh()
{
    QSet<QByteArray> nonces;
    for (int i = 0; i < 1000; ++i) {
        nonces += newPairingNonce();
        QCOMPARE(newPairingNonce().size(), 32);
    }
    QCOMPARE(nonces.size(), 1000);
}

// The expected values were computed apart from this program, from what PROTOCOL.md says.
void TestVerificationCode::commitmentIsFixed()
{
    QCOMPARE(pairingCommitment(senderKey, receiverKey, senderNonce),
             "f0b5a6fed952474ee17c8eea7c88e40ab1b8c58b884f044f2d3bccf1cadb7f88"_ba);
}

void TestVerificationCode::codeIsFixed()
{
    QCOMPARE(verificationCode(senderKey, receiverKey, senderNonce, receiverNonce), u"260 856"_s);
    QCOMPARE(verificationCode(receiverKey, senderKey, senderNonce, receiverNonce), u"266 083"_s);
}

void TestVerificationCode::codeKeepsZerosInFront()
{
    QByteArray number(32, '\0');
    number[30] = char(558 >> 8);
    number[31] = char(558 & 0xff);
    QCOMPARE(verificationCode(senderKey, receiverKey, senderNonce, number), u"000 744"_s);
}

void TestVerificationCode::everyPartChangesTheCommitment()
{
    const QSet<QByteArray> all{pairingCommitment(senderKey, receiverKey, senderNonce),
                               pairingCommitment(receiverKey, senderKey, senderNonce),
                               pairingCommitment(senderKey.chopped(1) + u'0', receiverKey, senderNonce),
                               pairingCommitment(senderKey, receiverKey.chopped(1) + u'0', senderNonce),
                               pairingCommitment(senderKey, receiverKey, turned(senderNonce))};
    QCOMPARE(all.size(), 5);
}

void TestVerificationCode::everyPartChangesTheCode()
{
    const QSet<QString> all{
        verificationCode(senderKey, receiverKey, senderNonce, receiverNonce),
        verificationCode(receiverKey, senderKey, senderNonce, receiverNonce),
        verificationCode(senderKey, receiverKey, receiverNonce, senderNonce),
        verificationCode(senderKey.chopped(1) + u'0', receiverKey, senderNonce, receiverNonce),
        verificationCode(senderKey, receiverKey.chopped(1) + u'0', senderNonce, receiverNonce),
        verificationCode(senderKey, receiverKey, turned(senderNonce), receiverNonce),
        verificationCode(senderKey, receiverKey, senderNonce, turned(receiverNonce))};
    QCOMPARE(all.size(), 7);
}

void TestVerificationCode::fieldsCannotRunIntoEachOther()
{
    // The same bytes in a row, divided elsewhere.
    QVERIFY(verificationCode(u"ab"_s, u"c"_s, "de", "f") != verificationCode(u"a"_s, u"bc"_s, "de", "f"));
    QVERIFY(verificationCode(u"ab"_s, u"c"_s, "de", "f") != verificationCode(u"ab"_s, u"cd"_s, "e", "f"));
    QVERIFY(verificationCode(u"ab"_s, u"c"_s, "de", "f") != verificationCode(u"ab"_s, u"c"_s, "d", "ef"));
    QVERIFY(pairingCommitment(u"ab"_s, u"c"_s, "d") != pairingCommitment(u"a"_s, u"bc"_s, "d"));
}

void TestVerificationCode::codesAreSpreadOut()
{
    static const QRegularExpression shape(u"\\A[0-9]{3} [0-9]{3}\\z"_s);
    constexpr int count = 20'000;
    std::array<int, 10> firstDigits{};
    for (int i = 0; i < count; ++i) {
        const QString code = verificationCode(senderKey, receiverKey, senderNonce, QByteArray::number(i));
        QVERIFY2(shape.match(code).hasMatch(), qPrintable(code));
        ++firstDigits[static_cast<std::size_t>(code.front().digitValue())];
    }
    // Ten standard deviations; the inputs are fixed, so it is always the same anyway.
    for (const int hits : firstDigits)
        QVERIFY2(hits > 1576 && hits < 2424, qPrintable(QString::number(hits)));
}

QTEST_GUILESS_MAIN(TestVerificationCode)
#include "tst_verificationcode.moc"
