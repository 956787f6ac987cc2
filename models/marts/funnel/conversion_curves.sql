{% set curve = 'segment_type, segment, cohort, from_stage, to_stage' %}

-- The estimate of E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, Journal of the American
-- Statistical Association 53 (1958), 457-481. Who converts on a day goes before those who are censored on it.
with

exits as (

    select * from {{ ref('curve_exits') }}

),

at_risk as (

    select
        exits.*,
        cast(sum(count_converted + count_censored) over (
            partition by {{ curve }}
            order by days_since desc
            rows between unbounded preceding and current row
        ) as bigint) as count_at_risk
    from exits

),

-- When all who are left convert, nobody stays unconverted: the logarithm has no value for that, and no later day needs it.
accumulated as (

    select
        at_risk.*,
        count_converted = count_at_risk as is_complete,
        count_converted + count_censored = count_at_risk as is_last,
        sum(
            case
                when count_converted < count_at_risk
                    then ln(cast(count_at_risk - count_converted as {{ dbt.type_float() }}) / count_at_risk)
            end
        ) over (
            partition by {{ curve }}
            order by days_since
            rows between unbounded preceding and current row
        ) as log_survival,
        sum(
            case
                when count_converted < count_at_risk
                    then cast(count_converted as {{ dbt.type_float() }}) / count_at_risk / (count_at_risk - count_converted)
            end
        ) over (
            partition by {{ curve }}
            order by days_since
            rows between unbounded preceding and current row
        ) as greenwood
    from at_risk

)

select
    segment_type,
    segment,
    cohort,
    from_stage,
    to_stage,
    days_since,
    count_at_risk,
    count_converted,
    count_censored,
    {% for name, value in {
        'converted_share': '1 - exp(log_survival)',
        'converted_share_low': converted_share_bound('log_survival', 'greenwood', -1),
        'converted_share_high': converted_share_bound('log_survival', 'greenwood', 1),
    }.items() %}
    case when is_complete then 1.0 when log_survival = 0 then 0.0 else {{ rounded(value) }} end as {{ name }},
    {% endfor %}
    case when not is_complete then {{ rounded('exp(log_survival) * sqrt(greenwood)') }} end as standard_error,
    is_last,
    case when cohort <> 'all' then cast(cohort || '-01' as date) end as cohort_month
from accumulated
