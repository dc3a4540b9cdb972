//! Programs and how often they run.

use super::{Case, g, group, guarded, other, script, v, web};

pub(super) fn cases() -> Vec<Case> {
    let case = |id, text: String, place, under, near_miss: String| Case { id, text, place, under, near_miss };
    vec![
        case("V0614", script(""), "2:1", "script /bin/true", guarded() + &script("")),
        case("V0614", v("notify /bin/x"), "4:1", "notify /bin/x", v("notify /bin/x nobody")),
        case(
            "V0614",
            web("quorum_up /bin/x"),
            "5:1",
            "quorum_up /bin/x",
            g("script_user nobody") + &web("quorum_up /bin/x"),
        ),
        case(
            "V0625",
            guarded() + &script("interval 0.4"),
            "6:1",
            "interval 0.4",
            guarded() + &script("interval 0.5"),
        ),
        case("V0625", web("delay_loop 0.5"), "7:1", "TCP_CHECK", web("delay_loop 1")),
        case(
            "V0625",
            web("retry 3\ndelay_before_retry 0"),
            "8:1",
            "TCP_CHECK",
            web("retry 3\ndelay_before_retry 1"),
        ),
        case(
            "V0626",
            guarded() + &script("interval 2\ntimeout 3"),
            "7:1",
            "timeout 3",
            guarded() + &script("interval 2\ntimeout 2"),
        ),
        case(
            "V0605",
            g("startup_script_timeout 3"),
            "2:1",
            "startup_script_timeout 3",
            g("startup_script_timeout 3\nstartup_script /bin/x nobody"),
        ),
        case(
            "V0603",
            guarded() + &script("weight 2") + &v("priority 254\ntrack_script {\ns\n}"),
            "13:1",
            "s",
            guarded() + &script("weight -2") + &v("priority 254\ntrack_script {\ns\n}"),
        ),
        case(
            "V0611",
            guarded() + &script("") + &group("") + &v("track_script {\ns weight 2\n}") + &other(),
            "19:1",
            "s weight 2",
            guarded() + &script("") + &group("track_script {\ns weight 2\n}") + &v("") + &other(),
        ),
    ]
}
