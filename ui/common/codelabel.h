#pragma once

#include <QLabel>

namespace sockdrop {

/// A verification code in large digits, to be compared with another screen.
class CodeLabel final : public QLabel
{
    Q_OBJECT

public:
    explicit CodeLabel(QWidget* parent = nullptr);

    /// "123 456"; empty: nothing is shown.
    void setCode(const QString& code);
};

} // namespace sockdrop
