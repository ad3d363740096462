#include "partialsdialog.h"
#include "partialsline.h"

#include <QLocale>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class PartialsLineTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
    void init();
    void cleanup() { m_line.reset(); }
    void saysWhatLiesThere_data();
    void saysWhatLiesThere();
    void comesAndGoes();
    void nothingGoesUnasked();
    void onlyTheChosenGo();
    void namesArePlain();

private:
    static PartialFile partial(const QByteArray& id, const QString& name, qint64 bytes, int hour);
    PartialsDialog* ask();

    std::unique_ptr<PartialsLine> m_line;
};

void PartialsLineTest::init()
{
    m_line = std::make_unique<PartialsLine>();
    m_line->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_line.get()));
}

PartialFile PartialsLineTest::partial(const QByteArray& id, const QString& name, qint64 bytes, int hour)
{
    return {id, name, bytes, 4'000'000'000, QDateTime(QDate(2026, 11, 26), QTime(hour, 0))};
}

PartialsDialog* PartialsLineTest::ask()
{
    m_line->discardButton().click();
    return m_line->findChild<PartialsDialog*>();
}

void PartialsLineTest::saysWhatLiesThere_data()
{
    QTest::addColumn<QList<PartialFile>>("partials");
    QTest::addColumn<QString>("text");
    QTest::newRow("nothing") << QList<PartialFile>() << QString();
    QTest::newRow("one")
        << QList{partial("a", u"a"_s, 1'000'000, 14)}
        << u"1 unfinished upload (1 MB) can be continued by its sender until 26 Nov, 14:00."_s;
    QTest::newRow("two, the first goes first")
        << QList{partial("a", u"a"_s, 1'000'000'000, 15), partial("b", u"b"_s, 200'000'000, 14)}
        << u"2 unfinished uploads (1.2 GB) can be continued by their senders until 26 Nov, 14:00."_s;
    QTest::newRow("nobody's") << QList{partial("a", {}, 500, 14)}
                              << u"1 unfinished upload (500 B) cannot be continued."_s;
    QTest::newRow("both")
        << QList{partial("a", {}, 500, 13), partial("b", u"b"_s, 200, 14)}
        << u"1 unfinished upload (200 B) can be continued by its sender until 26 Nov, 14:00. "
           u"1 unfinished upload (500 B) cannot be continued."_s;
}

void PartialsLineTest::saysWhatLiesThere()
{
    QFETCH(QList<PartialFile>, partials);
    QTEST(partialsText(partials), "text");
}

void PartialsLineTest::comesAndGoes()
{
    PartialsLine line;
    QVERIFY(line.isHidden());
    line.showPartials({partial("a", u"a"_s, 500, 14)});
    QVERIFY(!line.isHidden());
    QVERIFY(line.text().startsWith(u"1 unfinished"_s));
    line.showPartials({});
    QVERIFY(line.isHidden());
}

void PartialsLineTest::nothingGoesUnasked()
{
    QSignalSpy discarded(m_line.get(), &PartialsLine::discardRequested);
    m_line->showPartials({partial("a", u"a"_s, 500, 14)});
    PartialsDialog* dialog = ask();
    QVERIFY(dialog && dialog->isVisible());
    QTest::keyClick(dialog, Qt::Key_Return); // keeps
    QVERIFY(!dialog->isVisible());
    QTRY_VERIFY(!m_line->findChild<PartialsDialog*>());
    QTest::keyClick(ask(), Qt::Key_Escape);
    QCOMPARE(discarded.size(), 0);
}

void PartialsLineTest::onlyTheChosenGo()
{
    QSignalSpy discarded(m_line.get(), &PartialsLine::discardRequested);
    const QList<PartialFile> partials{partial("a", u"a"_s, 500, 14), partial("b", u"b"_s, 500, 14),
                                      partial("c", {}, 500, 14)};
    m_line->showPartials(partials);
    PartialsDialog* dialog = ask();
    QCOMPARE(dialog->chosen(), partials);
    m_line->showPartials({}); // what changes meanwhile changes nothing here
    for (int row = 0; row < 3; ++row)
        dialog->list().topLevelItem(row)->setCheckState(0, Qt::Unchecked);
    QVERIFY(!dialog->discardButton().isEnabled());
    dialog->list().topLevelItem(1)->setCheckState(0, Qt::Checked);
    dialog->discardButton().click();
    QCOMPARE(discarded.size(), 1);
    QCOMPARE(discarded[0][0].value<QList<PartialFile>>(), QList{partials[1]});
}

void PartialsLineTest::namesArePlain()
{
    PartialsDialog dialog({partial("a", u"<b>x</b>\u202E.pdf"_s, 500, 14)});
    const QTreeWidgetItem* item = dialog.list().topLevelItem(0);
    QCOMPARE(item->text(0), u"<b>x</b>\uFFFD.pdf"_s);
    QVERIFY(!item->toolTip(0).contains(u"<b>"_s));
    QCOMPARE(item->text(1), u"500 B of 4 GB"_s);
    QCOMPARE(item->text(2), u"26 Nov, 14:00"_s);
}

QTEST_MAIN(PartialsLineTest)
#include "tst_partialsline.moc"
