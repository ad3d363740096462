#include "transfer.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestTransfer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void finalStates();
    void remedies();
};

void TestTransfer::finalStates()
{
    for (const TransferState state : {TransferState::Waiting, TransferState::Preparing,
                                      TransferState::Transferring, TransferState::Verifying})
        QVERIFY(!isFinal(state));
    for (const TransferState state : {TransferState::Done, TransferState::SentNotConfirmed,
                                      TransferState::Failed, TransferState::Cancelled})
        QVERIFY(isFinal(state));
}

void TestTransfer::remedies()
{
    TransferSnapshot transfer;
    QVERIFY(remedyFor(transfer).isEmpty());
    for (int value = 0; value <= int(ErrorCode::Unsupported); ++value) {
        transfer.error = Error{ErrorCode(value), u"x"_s};
        transfer.direction = Direction::Sending;
        QCOMPARE(remedyFor(transfer), remedy(ErrorCode(value)));
        // Nothing that only the sender can do is asked of the receiver.
        transfer.direction = Direction::Receiving;
        QVERIFY(!remedyFor(transfer).contains(u"retry"_s));
    }
}

QTEST_GUILESS_MAIN(TestTransfer)
#include "tst_transfer.moc"
