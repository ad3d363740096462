#pragma once

#include <QWidget>

namespace sockdrop {

/// One line of plain text that gives way in its middle when there is no room; the tool tip has all of it.
class ElidedLabel final : public QWidget
{
    Q_OBJECT

public:
    explicit ElidedLabel(QWidget* parent = nullptr);

    void setText(const QString& text);
    /// … of a file or folder, which runs from left to right in every language.
    void setPath(const QString& path);
    [[nodiscard]] QString text() const { return m_text; }
    void setMuted(bool isMuted);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_text;
    bool m_isMuted = false;
    bool m_isPath = false;
};

} // namespace sockdrop
