#pragma once

#include "receiver.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace sockdrop {

/// "2 unfinished uploads (1.2 GB) can be continued by their senders until 26 Nov, 14:00."
[[nodiscard]] QString partialsText(const QList<PartialFile>& partials);

/// One quiet line about what lies unfinished in the destination; hidden while nothing does. Asks before any
/// of it goes: nothing brings it back.
class PartialsLine final : public QWidget
{
    Q_OBJECT

public:
    explicit PartialsLine(QWidget* parent = nullptr);

    void showPartials(const QList<PartialFile>& partials);
    [[nodiscard]] QString text() const;
    [[nodiscard]] QPushButton& discardButton() { return *m_discard; }

Q_SIGNALS:
    void discardRequested(const QList<sockdrop::PartialFile>& partials);

private:
    void ask();

    QLabel* m_text;
    QPushButton* m_discard;
    QList<PartialFile> m_partials;
};

} // namespace sockdrop
