-- What one activity does to a rule, as days since it happened: points granted, faded step by step, gone at expiry.
with

rules as (

    select
        rule_version_id,
        points,
        window_days,
        decay,
        decay_days,
        decay_percent,
        case when decay = 'none' then 0 else 1 end as decays
    from {{ ref('engagement_rule_versions') }}

),

steps as (

    select
        rules.*,
        numbers.step_number,
        numbers.step_number * coalesce(rules.decay_days, 0) * rules.decays as offset_days,
        case rules.decay
            when 'linear' then greatest(0, 1 - numbers.step_number * rules.decay_percent / 100)
            when 'exponential' then power(cast(1 - rules.decay_percent / 100 as {{ dbt.type_float() }}), numbers.step_number)
            else 1
        end as factor
    from rules
    inner join {{ ref('step_numbers') }} as numbers
        on
            numbers.step_number = 0
            or (
                rules.decays = 1
                and numbers.step_number * rules.decay_days < coalesce(rules.window_days, 3652059)
                -- Linear decay is over when nothing is left.
                and (rules.decay <> 'linear' or (numbers.step_number - 1) * rules.decay_percent < 100)
            )

),

valued as (

    select
        steps.*,
        -- Rounded twice: the first takes away what binary fractions leave of the power.
        cast(
            round(cast(round(cast(points * factor as {{ wide_decimal(16) }}), 12) as {{ wide_decimal(12) }}), 6)
            as decimal(18, 6)
        ) as points_then
    from steps

),

last_steps as (

    select
        rule_version_id,
        max(step_number) as last_step
    from valued
    group by rule_version_id

),

changes as (

    select
        rule_version_id,
        step_number,
        offset_days,
        points_then - coalesce(
            lag(points_then) over (partition by rule_version_id order by step_number), 0
        ) as points_change,
        case when step_number = 0 then 1 else 0 end as count_change,
        case when step_number = 0 then 'granted' else 'faded' end as step_kind
    from valued
    union all
    select
        valued.rule_version_id,
        valued.step_number + 1 as step_number,
        valued.window_days as offset_days,
        -valued.points_then as points_change,
        -1 as count_change,
        'expired' as step_kind
    from valued
    inner join last_steps
        on
            valued.rule_version_id = last_steps.rule_version_id
            and valued.step_number = last_steps.last_step
    where valued.window_days is not null

)

select
    rule_version_id,
    step_number,
    cast(offset_days as bigint) as offset_days,
    cast(points_change as decimal(18, 6)) as points_change,
    count_change,
    step_kind
from changes
where points_change <> 0 or count_change <> 0
