{% set path = 'partition by lead_id, target' %}

with

weighted as (

    select
        step_places.*,
        3 * (
            case when position = 1 then 1 else 0 end
            + case when position = lead_position then 1 else 0 end
            + case when position = decision_position then 1 else 0 end
        ) as anchor_points,
        -- Measured from the last touch instead of the conversion, which divides out; no weight is too small for that.
        cast(power(
            cast(2 as {{ dbt.type_float() }}),
            -least(days_before_last / {{ positive_days('attribution_half_life_days') }}, 1000)
        ) as {{ wide_decimal(22) }}) as decay_weight
    from {{ ref('step_places') }} as step_places

),

-- What stands between the anchors shares one point in ten.
pointed as (

    select
        weighted.*,
        sum(anchor_points) over ({{ path }}) as sum_anchor_points,
        sum(case when anchor_points = 0 then 1 else 0 end) over ({{ path }}) as count_others,
        sum(decay_weight) over ({{ path }}) as sum_decay_weights,
        sum(case when channel_step_number = 1 then 1 else 0 end) over ({{ path }}) as count_channels
    from weighted

),

divided as (

    select
        pointed.*,
        case when position = 1 then 1 else 0 end as first_touch,
        case when position = count_steps then 1 else 0 end as last_touch,
        case when position = coalesce(last_non_direct_position, count_steps) then 1 else 0 end as last_non_direct,
        {{ rate('1', 'count_steps') }} as linear,
        case
            when count_steps <= 2 then {{ rate('1', 'count_steps') }}
            when position in (1, count_steps) then 0.4
            else {{ rate('0.2', 'count_steps - 2') }}
        end as position_based,
        case
            when anchor_points > 0
                then {{ rate('anchor_points', '(sum_anchor_points + case when count_others > 0 then 1 else 0 end)') }}
            else {{ rate('1', '(count_others * (sum_anchor_points + 1))') }}
        end as w_shaped,
        cast(decay_weight as {{ dbt.type_float() }}) / cast(sum_decay_weights as {{ dbt.type_float() }}) as time_decay,
        {{ rate('1', '(count_channels * count_channel_steps)') }} as shapley
    from pointed

)

select
    lead_id,
    target,
    touch_id,
    channel,
    position,
    {% for model in credit_models() %}
    cast({{ model }} as decimal(18, 15)) as {{ model }}_credit,
    {% endfor %}
    touched_at
from divided
