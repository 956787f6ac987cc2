with

touches as (

    select * from {{ ref('lost_touches') }}

),

{{ path_steps('touches', ['path_id', 'furthest_rank']) }},

counted as (

    select
        furthest_rank,
        previous_channel,
        channel,
        count(*) as count_moves,
        sum(case when position = count_steps then 1 else 0 end) as count_ends
    from steps
    group by furthest_rank, previous_channel, channel

),

targets as (

    {% for target in attribution_targets() %}
    select
        '{{ target }}' as target,
        {{ stage_rank("'" ~ target ~ "'") }} as target_rank
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

-- A lead that has come as far as a stage is lost to all after it; a visitor is lost to the first, and no lead of the others.
select
    targets.target,
    counted.previous_channel,
    counted.channel,
    cast(sum(counted.count_moves) as bigint) as count_moves,
    cast(sum(counted.count_ends) as bigint) as count_ends
from counted
inner join targets
    on
        counted.furthest_rank < targets.target_rank
        and (counted.furthest_rank > 0 or targets.target = 'lead')
group by targets.target, counted.previous_channel, counted.channel
