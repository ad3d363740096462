#include "sendernames.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestSenderNames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void uploadsAtTheSameTimeShareThem();
    void eachSenderHasItsOwn();
    void whatIsSentTogetherSharesThem();
    void unfinishedUploadsFindThemAgain();
    void theyAreForgotten();

private:
    const Limits m_limits = {};
};

void TestSenderNames::uploadsAtTheSameTimeShareThem()
{
    SenderNames names(m_limits);
    const auto first = names.use({"sender", "a", {}});
    const auto second = names.use({"sender", "b", {}});
    QCOMPARE(first->names(), second->names());
    first->end();
    const auto third = names.use({"sender", "c", {}}); // the second one still runs
    QCOMPARE(third->names(), second->names());
    second->end();
    third->end();
    QVERIFY(names.use({"sender", "d", {}})->names() != first->names());
}

void TestSenderNames::eachSenderHasItsOwn()
{
    SenderNames names(m_limits);
    const auto first = names.use({"sender", "a", "together"});
    QVERIFY(names.use({"another", "a", "together"})->names() != first->names());
}

void TestSenderNames::whatIsSentTogetherSharesThem()
{
    SenderNames names(m_limits);
    const auto first = names.use({"sender", "a", "together"});
    first->end();
    const auto second = names.use({"sender", "b", "together"});
    QCOMPARE(second->names(), first->names());
    second->end();
    QVERIFY(names.use({"sender", "c", "later"})->names() != first->names());
}

void TestSenderNames::unfinishedUploadsFindThemAgain()
{
    SenderNames names(m_limits);
    const auto given = names.use({"sender", "a", {}})->names();
    QVERIFY(names.use({"sender", "b", {}})->names() != given);
    const auto again = names.use({"sender", "a", {}});
    QCOMPARE(again->names(), given);
    again->end();
    QVERIFY(names.use({"sender", "a", {}})->names() != given);
}

void TestSenderNames::theyAreForgotten()
{
    SenderNames names(m_limits);
    const auto now = std::chrono::steady_clock::now();
    const std::weak_ptr<GivenNames> unfinished = names.use({"sender", "a", {}})->names();
    std::weak_ptr<GivenNames> together;
    {
        const auto use = names.use({"sender", "b", "together"});
        together = use->names();
        use->end();
    }
    names.expire(now);
    QVERIFY(!together.expired());
    names.expire(now + m_limits.answerTimeout + 1min);
    QVERIFY(together.expired());
    QVERIFY(!unfinished.expired());
    names.expire(now + m_limits.partialLifetime + 1min);
    QVERIFY(unfinished.expired());
}

QTEST_APPLESS_MAIN(TestSenderNames)
#include "tst_sendernames.moc"
