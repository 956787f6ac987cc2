with

targets as (

    select
        targets.*,
        cast(month as timestamp) as started_at,
        {{ add_time('cast(month as timestamp)', 1, 'month') }} as ended_at
    from {{ ref('targets') }} as targets

),

elapsed as (

    select
        targets.*,
        {{ seconds_between('started_at', 'least(greatest(' ~ as_of() ~ ', started_at), ended_at)') }}
        / {{ seconds_between('started_at', 'ended_at') }} as elapsed_share
    from targets

),

counted as (

    select
        elapsed.month,
        elapsed.channel,
        elapsed.stage,
        elapsed.target,
        elapsed.elapsed_share,
        elapsed.ended_at,
        cast(coalesce(sum(entries.count_leads), 0) as bigint) as actual
    from elapsed
    left join {{ ref('stage_entries') }} as entries
        on
            elapsed.month = entries.entry_month
            and elapsed.stage = entries.stage
            and elapsed.channel in ('all', entries.acquisition_channel)
    group by
        elapsed.month, elapsed.channel, elapsed.stage, elapsed.target, elapsed.elapsed_share, elapsed.ended_at

)

select
    month,
    channel,
    stage,
    target,
    actual,
    elapsed_share,
    target * elapsed_share as expected_by_now,
    {{ rate('actual', 'target * elapsed_share') }} as pace,
    greatest(target - actual, 0) as missing,
    {{ rate('actual', 'elapsed_share') }} as projected,
    ended_at <= {{ as_of() }} as is_over,
    actual >= target as is_reached
from counted
