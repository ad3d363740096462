#include "contactstate.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Where a first contact stands after each answer.
class TestContactState final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothAnswersCount();
    void anEndIsAnEnd_data();
    void anEndIsAnEnd();
    void sameCanBeTakenBack();
    void wordsStandForThemselves();
};

void TestContactState::bothAnswersCount()
{
    using enum ContactState;
    QCOMPARE(saidHere(Open, CodeAnswer::Same), SameHere);
    QCOMPARE(saidThere(Open, CodeAnswer::Same), SameThere);
    QCOMPARE(saidThere(SameHere, CodeAnswer::Same), Same);
    QCOMPARE(saidHere(SameThere, CodeAnswer::Same), Same);
    for (const ContactState state : {Open, SameHere, SameThere}) {
        QCOMPARE(saidHere(state, CodeAnswer::Open), state);
        QCOMPARE(saidThere(state, CodeAnswer::Open), state);
        QVERIFY(isComparing(state));
    }
    // Twice the same person is not two.
    QCOMPARE(saidHere(SameHere, CodeAnswer::Same), SameHere);
    QCOMPARE(saidThere(SameThere, CodeAnswer::Same), SameThere);
}

void TestContactState::anEndIsAnEnd_data()
{
    QTest::addColumn<ContactState>("state");
    QTest::newRow("there is no code yet") << ContactState::Begun;
    QTest::newRow("both know each other") << ContactState::Same;
    QTest::newRow("differs here") << ContactState::DiffersHere;
    QTest::newRow("differs there") << ContactState::DiffersThere;
    QTest::newRow("stopped here") << ContactState::StoppedHere;
    QTest::newRow("stopped there") << ContactState::StoppedThere;
    QTest::newRow("too late") << ContactState::TooLate;
}

void TestContactState::anEndIsAnEnd()
{
    QFETCH(ContactState, state);
    QVERIFY(!isComparing(state));
    for (const CodeAnswer answer :
         {CodeAnswer::Open, CodeAnswer::Same, CodeAnswer::Differs, CodeAnswer::Stopped, CodeAnswer::Late}) {
        QCOMPARE(saidHere(state, answer), state);
        QCOMPARE(saidThere(state, answer), state);
    }
}

void TestContactState::sameCanBeTakenBack()
{
    QCOMPARE(saidHere(ContactState::SameHere, CodeAnswer::Differs), ContactState::DiffersHere);
    QCOMPARE(saidThere(ContactState::SameThere, CodeAnswer::Stopped), ContactState::StoppedThere);
}

void TestContactState::wordsStandForThemselves()
{
    for (const CodeAnswer answer :
         {CodeAnswer::Open, CodeAnswer::Same, CodeAnswer::Differs, CodeAnswer::Stopped, CodeAnswer::Late}) {
        QCOMPARE(codeAnswerFromWord(QString(codeAnswerWord(answer))), answer);
        if (answer != CodeAnswer::Open) // what a person says is what the other side is told
            QCOMPARE(answerHere(saidHere(ContactState::Open, answer)), answer);
    }
    QCOMPARE(codeAnswerWord(CodeAnswer::Differs), "differs"_L1);
    for (const QString& word : {u""_s, u"Same"_s, u"same "_s, u"yes"_s})
        QVERIFY(!codeAnswerFromWord(word));
}

QTEST_GUILESS_MAIN(TestContactState)
#include "tst_contactstate.moc"
