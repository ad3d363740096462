#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sockdrop {

/// While it lives, permissions hold for this thread, and for those it starts, even if root runs the test.
class WithoutPrivileges final
{
public:
    WithoutPrivileges()
    {
        __user_cap_data_struct fewer[2];
        if (::syscall(SYS_capget, &m_header, m_before) != 0)
            return;
        fewer[0] = m_before[0];
        fewer[1] = m_before[1];
        fewer[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
        m_isChanged = ::syscall(SYS_capset, &m_header, fewer) == 0;
    }
    ~WithoutPrivileges()
    {
        if (m_isChanged)
            ::syscall(SYS_capset, &m_header, m_before);
    }
    WithoutPrivileges(const WithoutPrivileges&) = delete;
    WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;

private:
    __user_cap_header_struct m_header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct m_before[2]{};
    bool m_isChanged = false;
};

} // namespace sockdrop
