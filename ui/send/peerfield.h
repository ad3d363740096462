#pragma once

#include "peeraddress.h"

#include <QStringList>
#include <QWidget>

class QAction;
class QComboBox;
class QLabel;

namespace sockdrop {

/// Where uploads go: an address typed or picked from the recent ones, with what is wrong about it below.
class PeerField final : public QWidget
{
    Q_OBJECT

public:
    explicit PeerField(QWidget* parent = nullptr);

    [[nodiscard]] QString text() const;
    void setText(const QString& text);
    void setRecent(const QStringList& peers);

    [[nodiscard]] Result<PeerAddress> address() const;
    /// Puts the cursor there and says what is wrong; whoever asks says what for.
    void ask();

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void changed();
    /// Enter was pressed in it.
    void confirmed();
    void forgetRequested(const QString& peer);

private:
    void textChanged();
    void check();
    void showProblem(const QString& text);

    QComboBox* m_combo;
    QLabel* m_problem;
    QAction* m_forget;
};

} // namespace sockdrop
